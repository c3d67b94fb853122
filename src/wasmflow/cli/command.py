"""What every command shares: help that ends with commands to copy, and errors that become exit codes.

Also the group that imports a command's module only when that command is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

import click

from wasmflow.cli.exits import exit_code
from wasmflow.cli.output import note, printable, put
from wasmflow.errors import UsageError, WasmflowError

C = TypeVar("C", bound=click.Command)

#: The key of a context's `meta` under which a command leaves the component that it has chosen.
COMPONENT = "wasmflow.component"
#: The same, for the command that says more about what was used wrongly.
SEE = "wasmflow.see"

CONTEXT: Mapping[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def write_examples(formatter: click.HelpFormatter, examples: Sequence[str]) -> None:
    """Commands to copy: never wrapped, since half a command is none."""
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def _show_help(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        put(ctx.get_help() + "\n")
        ctx.exit()


class _Helpful(click.Command):
    """A command whose help goes the way of all output and ends with commands to copy."""

    examples: Sequence[str] = ()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # Click's parser does not always say whose usage it is
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(formatter, self.examples)


class Command(_Helpful):
    """A command whose function returns an exit code."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except WasmflowError as error:
            from wasmflow.cli.report import tell

            as_json = bool(ctx.params.get("as_json"))
            tell(error, component=ctx.meta.get(COMPONENT, ""), as_json=as_json)
            if isinstance(error, UsageError) and SEE in ctx.meta and not as_json:
                note(f"see: {printable(ctx.meta[SEE])}")
            return exit_code(error)


def command(
    *examples: str, cls: type[Command] = Command, **attributes: Any
) -> Callable[[Callable[..., int]], Command]:
    """Make a command of a function; `examples` stand at the end of its help."""
    return click.command(cls=cls, examples=examples, context_settings=dict(CONTEXT), **attributes)


class LazyGroup(_Helpful, click.Group):
    """A group that knows its commands by name and help, and imports one when it is needed."""

    def __init__(
        self, modules: str, table: Mapping[str, str], examples: Sequence[str], **attributes: Any
    ) -> None:
        super().__init__(**attributes)
        self._modules = modules
        self._table = table
        self.examples = tuple(examples)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        module = import_module(f"{self._modules}.{cmd_name}")
        found: click.Command = getattr(module, cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self._table and not ctx.resilient_parsing:
            from wasmflow.naming import nearest

            near = nearest(args[0], self._table)
            meant = f"did you mean '{near}'?" if near else f"commands are {', '.join(self._table)}"
            raise click.UsageError(f"no such command '{args[0]}'. Hint: {meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))
