"""What whoever started a service is told of it: lines for people, or records for machines."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import Any

from wasmflow.cli.output import err, note, printable
from wasmflow.cli.progress import progress
from wasmflow.cli.report import error_json, tell
from wasmflow.errors import WasmflowError
from wasmflow.service.console import Listening

log = logging.getLogger("wasmflow.service")


class TextConsole:
    """For people: lines on standard error, between those of the log."""

    def __init__(self, artifact: str, *, quiet: bool) -> None:
        self._artifact = artifact
        self._quiet = quiet
        self._progress = ExitStack()
        self._report: Any = None
        self._told: list[Listening] | None = None

    def loading(self, what: str, part: float | None) -> None:
        if self._report is None:
            self._report = self._progress.enter_context(progress(quiet=self._quiet))
        self._report(what, part)

    def _loaded(self) -> None:
        self._progress.close()
        self._report = None

    def serving(self, places: list[Listening]) -> None:
        self._loaded()
        if places == self._told:
            self._note("reloaded")
            return
        self._told = places
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
            tell(error)
        else:
            note(printable(str(error)))
        note("not reloaded: the service goes on as before")

    def stopping(self, *, at_once: bool) -> None:
        self._loaded()
        hint = ", Ctrl-C stops it at once" if err().interactive and not at_once else ""
        self._note("stopping at once" if at_once else f"stopping{hint}")

    def _note(self, text: str) -> None:
        if not self._quiet:
            note(text)


class JsonConsole:
    """For machines: records of the log."""

    def loading(self, what: str, part: float | None) -> None:
        if part is None:
            log.info("loading", extra={"what": what})

    def serving(self, places: list[Listening]) -> None:
        told = [{"trigger": place.name or None, "url": str(place)} for place in places]
        log.info("serving", extra={"places": told})

    def reloading(self) -> None:
        log.info("reloading")

    def refused(self, error: Exception) -> None:
        about = error_json(error) if isinstance(error, WasmflowError) else {"traceback": str(error)}
        log.error("reload_failed", extra={"error": about})

    def stopping(self, *, at_once: bool) -> None:
        log.info("stopping", extra={"at_once": at_once})
