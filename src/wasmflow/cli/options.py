"""The arguments and options that several commands have, and the values that options are read as."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from wasmflow.cli.granting import Grant, together
from wasmflow.cli.limiting import Limit
from wasmflow.cli.limiting import together as all_limits
from wasmflow.limits import parse_duration, parse_size
from wasmflow.naming import canonical

F = TypeVar("F", bound=Callable[..., Any])

#: The end of the year 9999, in milliseconds since 1970: what other clocks can still show.
_LAST: Final = 253_402_300_799_999

_LONGEST: Final = 30 * 24 * 3600.0

#: What a memory with addresses of 32 bits can have.
_LARGEST: Final = 4 << 30


class Seed(click.ParamType[int]):
    """A number that random numbers start from."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            seed = int(value, 0)
        except ValueError:
            seed = -1
        if not 0 <= seed < 2**64:
            self.fail(f"'{value}' is not a whole number from 0 to 2^64-1", param, ctx)
        return seed


class Timestamp(click.ParamType[int]):
    """A time: milliseconds since 1970, or as ISO 8601 writes it (in UTC unless it says otherwise)."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        milliseconds = _milliseconds(value)
        if milliseconds is None or not 0 <= milliseconds <= _LAST:
            self.fail(
                f"'{value}' is no time from 1970 on; write milliseconds since 1970 or, "
                "for example, 2026-01-31T12:00:00Z",
                param,
                ctx,
            )
        return milliseconds


def _milliseconds(text: str) -> int | None:
    if re.fullmatch(r"[0-9]+", text):
        return int(text) if len(text) < 20 else None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        elapsed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


class Duration(click.ParamType[float]):
    """Seconds, or a number with a unit: ms, s, m, h."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = parse_duration(str(value))
        if seconds is None or not 0 < seconds <= _LONGEST:
            self.fail(
                f"'{value}' is no duration; write seconds, or a number with ms, s, m or h "
                "(up to 30 days)",
                param,
                ctx,
            )
        return seconds


class Size(click.ParamType[int]):
    """Bytes, or a number with a unit: KiB, MiB, GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        size = parse_size(str(value))
        if size is None or not 0 < size <= _LARGEST:
            self.fail(
                f"'{value}' is no size; write bytes, or a number with KiB, MiB or GiB "
                "(up to 4 GiB)",
                param,
                ctx,
            )
        return size


def _files(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    return [CompletionItem(incomplete, type="file")]


def _component_names(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    from wasmflow.cli.known import known_components

    return [
        CompletionItem(name, help=known.description or None)
        for name, known in known_components(ctx.params.get("artifact") or "").items()
        if canonical(name).startswith(canonical(incomplete))
    ]


def artifact(function: F) -> F:
    """The argument ARTIFACT."""
    return click.argument(
        "artifact", shell_complete=_files, help="A manifest (.yaml) or a component binary (.wasm)."
    )(function)


def artifacts(function: F) -> F:
    """The argument ARTIFACT, once or several times."""
    return click.argument(
        "artifacts",
        metavar="ARTIFACT...",
        nargs=-1,
        required=True,
        shell_complete=_files,
        help="Manifests (.yaml) and component binaries (.wasm).",
    )(function)


def component(otherwise: str) -> Callable[[F], F]:
    """The argument COMPONENT; `otherwise` says what holds if it is left out."""
    return click.argument(
        "component",
        required=False,
        shell_complete=_component_names,
        help=f"One of its components; {otherwise}.",
    )


def grants(function: F) -> F:
    """The option --grant."""
    return click.option(
        "--grant",
        "grant",
        type=Grant(),
        metavar="KIND=WHAT",
        multiple=True,
        callback=together,
        help="Let the component use something of the world: env=NAME, dir=/GUEST=HOST (and :write), "
        "stdio=stdin, clock=real, random=real. May be repeated. Manifests grant in 'external'.",
    )(function)


def limits(function: F) -> F:
    """The option --limit."""
    return click.option(
        "--limit",
        "limits",
        type=Limit(),
        metavar="NAME=VALUE",
        multiple=True,
        callback=all_limits,
        help="Set one of the limits, as memory=64MiB or call_seconds=2. May be repeated.",
    )(function)


def policy(function: F) -> F:
    """The option --policy."""
    return click.option(
        "--policy",
        metavar="FILE",
        type=click.Path(),
        help="Refuse, before anything runs, what goes beyond this file: see wasmflow audit --lock.",
    )(function)


def as_json(help: str) -> Callable[[F], F]:
    """The option --json."""
    return click.option("--json", "as_json", is_flag=True, help=help)


def quiet(function: F) -> F:
    """The option --quiet."""
    return click.option("-q", "--quiet", is_flag=True, help="Show no progress and no warnings.")(
        function
    )
