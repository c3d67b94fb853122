"""`wasmflow serve`: an artifact behind its triggers, as a service."""

from __future__ import annotations

import os
import signal
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from wasmflow.cli import options
from wasmflow.cli.addresses import ListenAddress, NamedAddress
from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit, exit_code
from wasmflow.cli.output import err, out, printable, put, put_json
from wasmflow.errors import ProblemsError, UsageError, WasmflowError

if TYPE_CHECKING:
    from wasmflow.service.config import Setting
    from wasmflow.service.plan import Plan
    from wasmflow.telemetry.logs import Form
    from wasmflow.types.model import Json


@command(
    "wasmflow serve examples/01-hello/salutations.yaml",
    "wasmflow serve examples/01-hello/text.wasm --http :9000 --workers 2",
    "wasmflow serve examples/01-hello/salutations.yaml --print-config",
)
@options.artifact
@click.option(
    "--http",
    type=NamedAddress(),
    metavar="[NAME=]ADDRESS",
    multiple=True,
    envvar="WASMFLOW_HTTP",
    show_envvar=True,
    help="Where a trigger of kind http listens: :PORT on this machine only, HOST:PORT, [::1]:PORT; "
    "port 0 is a free one. Without NAME it is the only one, or a new one if there is none. May be "
    "repeated.",
)
@click.option(
    "--admin",
    type=ListenAddress(),
    metavar="ADDRESS",
    envvar="WASMFLOW_ADMIN",
    show_envvar=True,
    help="Serve health and metrics there, and nowhere else.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1000),
    metavar="NUMBER",
    envvar="WASMFLOW_WORKERS",
    show_envvar=True,
    help="Processes that take work; as many as there are processors for them if left out.",
)
@click.option(
    "--grace",
    type=options.Duration(),
    default="10",
    envvar="WASMFLOW_GRACE",
    show_envvar=True,
    help="How long running transactions are given when the service stops: seconds, or with ms, s, m; "
    "10 seconds if left out.",
)
@click.option("--watch", is_flag=True, help="Load everything anew when a file of it changes.")
@click.option(
    "--log",
    "log_form",
    type=click.Choice(("text", "json")),
    envvar="WASMFLOW_LOG",
    show_envvar=True,
    help="How logs are written, on standard error; text on a terminal and json elsewhere if left out.",
)
@options.grants
@options.limits
@options.policy
@click.option(
    "--print-config",
    is_flag=True,
    help="Print the settings, with where each comes from, and exit.",
)
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help="With --print-config: print all settings, though they have their defaults.",
)
@options.as_json("With --print-config: print all settings, as a list of objects.")
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
@click.option("-q", "--quiet", is_flag=True, help="Log errors only.")
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    artifact: str,
    http: tuple[tuple[str, str], ...],
    log_form: str | None,
    print_config: bool,
    show_all: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
    **given: Any,
) -> Exit:
    """Serve an artifact behind its triggers: HTTP, schedules.

    The triggers are those of the manifest. An artifact without any has every component served over
    HTTP on http://127.0.0.1:8080, with a page to try them. It ends with Ctrl-C or SIGTERM.

    The service takes work when everything is loaded, or fails to start and says why. Workers that die
    are replaced. When it stops it takes no more work, ends streams, and gives running transactions the
    time of --grace; a second Ctrl-C stops at once. SIGHUP has it load everything anew without dropping
    a request; where that fails, it goes on as before.
    """
    if sys.platform == "win32":
        raise UsageError("serve needs a system whose processes inherit sockets, as Linux or macOS")
    plan = _plan(artifact, http, **given)
    if print_config:
        settings = _settings(plan, ctx)
        if as_json:
            put_json(_for_machines(settings))
        else:
            put(_table(settings, show_all=show_all))
        return Exit.FINE
    return _serve(plan, _form(log_form, quiet=quiet, verbose=verbose), quiet=quiet)


def _plan(
    artifact: str,
    http: tuple[tuple[str, str], ...],
    *,
    admin: str | None,
    workers: int | None,
    **given: Any,
) -> Plan:
    from wasmflow.service.plan import HttpFlag, Plan
    from wasmflow.service.processors import processors

    flags = tuple(HttpFlag(address, name) for name, address in http)
    return Plan(artifact, flags, workers or processors(), admin=admin or "", **given)


def _form(log_form: str | None, *, quiet: bool, verbose: bool) -> Form:
    import logging

    from wasmflow.telemetry.logs import Form

    terminal = err()
    as_json = log_form == "json" or (log_form is None and not terminal.interactive)
    level = logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO
    return Form(as_json, terminal.interactive, terminal.colour and not as_json, level)


def _serve(plan: Plan, form: Form, *, quiet: bool) -> Exit:
    import asyncio

    from wasmflow.cli.serving import JsonConsole, TextConsole
    from wasmflow.service.supervisor import supervise

    console = JsonConsole() if form.json else TextConsole(plan.artifact, quiet=quiet)
    try:
        by = asyncio.run(supervise(plan, form, console))
    except WasmflowError as error:
        if form.json:
            return exit_code(error)  # the log has told it
        raise
    return Exit.INTERRUPTED if by == signal.SIGINT else Exit.FINE


# --- settings ---------------------------------------------------------------------------------


def _settings(plan: Plan, ctx: click.Context) -> list[Setting]:
    from wasmflow.service.config import settings_of
    from wasmflow.service.plan import read_front_doors

    front = read_front_doors(plan)
    if front.problems:
        raise ProblemsError(front.problems)
    return [*settings_of(plan, front, _sources(ctx))]


def _for_machines(settings: list[Setting]) -> list[Json]:
    return [{"name": each.name, "value": each.value, "from": each.source} for each in settings]


def _sources(ctx: click.Context) -> dict[str, str]:
    """Where the parameters come from, in the words of `wasmflow.service.config`."""
    from click.core import ParameterSource

    words = {ParameterSource.COMMANDLINE: "flag", ParameterSource.ENVIRONMENT: "environment"}
    found = {name: ctx.get_parameter_source(name) for name in ctx.params}
    sources = {name: words[source] for name, source in found.items() if source in words}
    if os.environ.get("WASMFLOW_CACHE") or os.environ.get("XDG_CACHE_HOME"):
        sources["cache"] = "environment"
    return sources


def _table(settings: list[Setting], *, show_all: bool) -> str:
    """Those of the service itself and what else is no default; or all of them. One block for each subject."""
    shown = [each for each in settings if show_all or _is_of_interest(each)]
    blocks = [_rows(list(block)) for _, block in groupby(shown, _subject)]
    if rest := len(settings) - len(shown):
        blocks.append(out().faint(f"{rest} more have their defaults: --all shows them\n"))
    return "\n".join(blocks)


def _is_of_interest(setting: Setting) -> bool:
    from wasmflow.service.config import DEFAULT

    return setting.source != DEFAULT or "." not in setting.name


def _subject(setting: Setting) -> list[str]:
    """The service, its limits, or one of its triggers."""
    return setting.name.split(".")[:-1][:2]


def _rows(settings: list[Setting]) -> str:
    columns = ([each.name for each in settings], [each.text for each in settings])
    name, value = (min(max(map(len, column)), _WIDEST) for column in columns)
    return "".join(
        f"{printable(each.name):<{name}}  {printable(each.text):<{value}}  {out().faint(each.source)}\n"
        for each in settings
    )


#: Columns of a name, and of a value, beyond which the next column is pushed aside.
_WIDEST: Final = 48
