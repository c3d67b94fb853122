"""What whoever started a service is told of it: lines for people, or records for machines."""

from __future__ import annotations

import logging
import signal
from contextlib import ExitStack
from typing import Any

from wasmflow.cli.output import err, note, printable
from wasmflow.cli.progress import progress
from wasmflow.cli.report import error_json, tell
from wasmflow.errors import ProblemsError, WasmflowError
from wasmflow.service.console import Ending, Listening, Serving
from wasmflow.service.plan import Plan
from wasmflow.version import __version__

log = logging.getLogger("wasmflow.service")


class TextConsole:
    """For people: lines on standard error, between those of the log."""

    def __init__(self, artifact: str, *, quiet: bool) -> None:
        self._artifact = artifact
        self._quiet = quiet
        self._progress = ExitStack()
        self._report: Any = None
        self._last = ""
        self._told: list[Listening] | None = None

    def starting(self, plan: Plan) -> None:
        """Is told when it serves."""

    def loading(self, what: str, part: float | None) -> None:
        if self._report is None:
            self._report = self._progress.enter_context(progress(quiet=self._quiet))
        self._report(what, part)
        if what != self._last and not err().interactive:
            self._note(printable(what))
        self._last = what

    def _loaded(self) -> None:
        self._progress.close()
        self._report = None

    def serving(self, serving: Serving) -> None:
        self._loaded()
        if serving.places != self._told:
            self._told = serving.places
            self._tell_places(serving.places)
        if serving.generation > 1:
            self._note(f"reloaded in {serving.seconds:.1f} s")

    def _tell_places(self, places: list[Listening]) -> None:
        terminal = err()
        self._note(f"serving {terminal.bold(printable(self._artifact))}")
        for place in places:
            what = place.name or "health and metrics"
            self._note(f"  {terminal.hint(str(place))}  {terminal.faint(printable(what))}")
        if terminal.interactive:
            self._note(terminal.faint("  Ctrl-C stops it"))

    def reloading(self) -> None:
        self._note("reloading")

    def refused(self, error: Exception) -> None:
        self._loaded()
        if isinstance(error, WasmflowError):
            tell(_without_warnings(error))
        else:
            note(printable(str(error)))
        note("not reloaded: the service goes on as before")

    def stopping(self, by: signal.Signals, *, at_once: bool) -> None:
        self._loaded()
        typed = "\n" if err().interactive and by == signal.SIGINT else ""  # it shows ^C
        hint = "; another Ctrl-C stops it at once" if err().interactive and not at_once else ""
        self._note(f"{typed}stopping at once" if at_once else f"{typed}stopping{hint}")

    def stopped(self, ending: Ending) -> None:
        self._note(f"stopped{_became(ending)}")

    def failed(self, error: Exception) -> None:
        self._loaded()

    def _note(self, text: str) -> None:
        if not self._quiet:
            note(text)


class JsonConsole:
    """For machines: records of the log."""

    def starting(self, plan: Plan) -> None:
        about = {"artifact": plan.artifact, "workers": plan.workers, "version": __version__}
        log.info("starting", extra=about)

    def loading(self, what: str, part: float | None) -> None:
        if part is None:
            log.info("loading", extra={"what": what})

    def serving(self, serving: Serving) -> None:
        told = [{"trigger": place.name or None, "url": str(place)} for place in serving.places]
        about = {"generation": serving.generation, "seconds": round(serving.seconds, 3)}
        event = "serving" if serving.generation == 1 else "reloaded"
        log.info(event, extra={"places": told, **about})

    def reloading(self) -> None:
        log.info("reloading")

    def refused(self, error: Exception) -> None:
        log.error("reload_failed", extra={"error": _for_machines(error)})

    def stopping(self, by: signal.Signals, *, at_once: bool) -> None:
        log.info("stopping", extra={"signal": by.name, "at_once": at_once})

    def stopped(self, ending: Ending) -> None:
        log.info("stopped", extra=ending.told())

    def failed(self, error: Exception) -> None:
        log.error("not_started", extra={"error": _for_machines(error)})


def _for_machines(error: Exception) -> dict[str, Any]:
    if isinstance(error, WasmflowError):
        return error_json(_without_warnings(error))
    return {"kind": "bug", "traceback": str(error)}


def _without_warnings(error: WasmflowError) -> WasmflowError:
    """Warnings keep nothing from being loaded, and would be told again and again."""
    if not isinstance(error, ProblemsError):
        return error
    return ProblemsError(each for each in error.problems if not each.warning)


def _became(ending: Ending) -> str:
    """What became of transactions, in words."""
    finished = _transactions(ending.finished, "finished")
    cancelled = _transactions(ending.cancelled, "cancelled")
    told = ", ".join(each for each in (finished, cancelled) if each)
    return f": {told}" if told else ""


def _transactions(count: int, what: str) -> str:
    return f"{count:,} transaction{'' if count == 1 else 's'} {what}" if count else ""
