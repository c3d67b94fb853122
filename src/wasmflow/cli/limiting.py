"""The option ``--limit``: what one of the limits is set to, as ``NAME=VALUE``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import click
from click.shell_completion import CompletionItem

from wasmflow.limits import CEILING, FIXED, Limits, format_limit, parse_limit
from wasmflow.naming import suggestion

NAMES = [field.name for field in fields(Limits)]


class Limit(click.ParamType[tuple[str, float]]):
    """The name of a limit and what it is set to."""

    name = "limit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        name, equals, text = str(value).partition("=")
        name = name.strip().replace("-", "_")
        if name not in NAMES:
            self.fail(f"there is no limit '{name}'; {suggestion(name, NAMES)}", param, ctx)
        limit = parse_limit(name, text) if equals else None
        if limit is None:
            usual = format_limit(name, getattr(Limits(), name) or getattr(CEILING, name) or 1000)
            example = f"{name}={usual.replace(' ', '')}"  # one word for a shell
            self.fail(
                f"'{value}' is no value for a limit; write, for example, {example}", param, ctx
            )
        most = getattr(CEILING, name)
        if name in FIXED and limit > most:
            self.fail(f"'{name}' can be {format_limit(name, most)} at most", param, ctx)
        return name, limit

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        return [
            CompletionItem(f"{name}=", help=format_limit(name, getattr(Limits(), name)))
            for name in NAMES
            if name.startswith(incomplete)
        ]


def together(
    _ctx: click.Context, _param: click.Parameter, given: Sequence[tuple[str, float]]
) -> dict[str, float]:
    """All that are given, the last of each."""
    return dict(given)
