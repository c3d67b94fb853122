"""The option `--grant`: what a component that is run by itself may use, as a person types it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from wasmflow.errors import UsageError
from wasmflow.grants import NOTHING, STDIO, Folder, Grants

_FORMS: Final = (
    "env=NAME, dir=/GUEST/PATH=HOST/PATH (with :write behind it for one that may be written), "
    "stdio=stdin, clock=real or random=real"
)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WRITE: Final = ":write"


class Grant(click.ParamType[Grants]):
    """One grant, as ``KIND=WHAT``."""

    name = "grant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Grants:
        try:
            return parse_grant(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        known = [f"env={name}" for name in sorted(os.environ) if incomplete.startswith("env=")]
        known += [f"stdio={name}" for name in STDIO]
        known += ["env=", "dir=/", "clock=real", "random=real"]
        return [CompletionItem(each) for each in known if each.startswith(incomplete)]


def parse_grant(text: str) -> Grants:
    """What one ``--grant`` gives. Raises `UsageError` if that cannot be.

    A folder is split at the first ``=``, and ``:write`` counts at the very end only: a folder that is
    called so is written with a slash behind it.
    """
    kind, _, what = text.partition("=")
    if kind == "env" and _VARIABLE.fullmatch(what):
        return Grants(env=frozenset({what}))
    if kind == "dir":
        return Grants(dirs=frozenset({_folder(what)}))
    if kind == "stdio" and what in STDIO:
        return Grants(stdio=frozenset({what}))
    if text == "clock=real":
        return Grants(clock=True)
    if text == "random=real":
        return Grants(random=True)
    raise UsageError(f"'{text}' is no grant; write {_FORMS}")


def _folder(text: str) -> Folder:
    guest, _, host = text.partition("=")
    path = host.removesuffix(_WRITE)
    if not (guest.startswith("/") and guest.isprintable() and path):
        raise UsageError(f"'dir={text}' does not say which folder is seen where; write {_FORMS}")
    return Folder.found(guest, Path(path).expanduser(), write=host.endswith(_WRITE))


def together(ctx: click.Context, param: click.Parameter, grants: Sequence[Grants]) -> Grants:
    """All that is granted. Two folders cannot be at the same place."""
    sum_ = NOTHING
    for each in grants:
        taken = {folder.guest for folder in sum_.dirs - each.dirs}
        if again := [folder.guest for folder in each.dirs if folder.guest in taken]:
            raise click.BadParameter(f"two folders are given at '{again[0]}'", ctx, param)
        sum_ = replace(sum_.widened([each]), dirs=sum_.dirs | each.dirs)
    return sum_
