"""`wasmflow run`: an artifact as a command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from wasmflow.cli import options
from wasmflow.cli.command import COMPONENT, Command, command
from wasmflow.cli.session import with_host

if TYPE_CHECKING:
    from wasmflow.grants import Grants
    from wasmflow.host.host import Host
    from wasmflow.host.settings import Settings


class RunCommand(Command):
    """Keeps what follows ``--`` apart, as the parameter `arguments`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        ctx.params["arguments"] = tuple(args[end + 1 :])
        try:
            return super().parse_args(ctx, args[:end])
        except click.NoSuchOption as error:
            hint = f"arguments of the command stand after '--', as in: -- {error.option_name}"
            raise click.UsageError(
                f"no such option '{error.option_name}'. Hint: {hint}", ctx
            ) from None

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- ARGUMENT ...]"]


@command(
    "wasmflow run examples/01-hello/commands.yaml greet -- Jane",
    "wasmflow run examples/01-hello/commands.yaml shout < examples/01-hello/text.py",
    "echo quiet | wasmflow run examples/01-hello/commands.yaml shout",
    cls=RunCommand,
)
@options.artifact
@options.component("or of its triggers of kind cli. The only one, or 'main', if it is left out")
@click.option(
    "--timeout",
    type=options.Duration(),
    help="How long it may take: seconds, or with ms, s, m, h. A manifest may allow less.",
)
@options.grants
@options.limits
@options.policy
@options.quiet
@click.pass_context
def run(
    ctx: click.Context,
    /,
    artifact: str,
    component: str | None,
    arguments: tuple[str, ...],
    timeout: float | None,
    quiet: bool,
    **given: Any,
) -> int:
    """Run an artifact as a command.

    That is a trigger of kind cli, or a component as it is. It is given what it has inputs for: 'args',
    what follows '--'; 'stdin', standard input, as text or bytes, or as a stream of lines or chunks;
    'interactive', whether a person is there; 'width' and 'height' of the terminal; 'color', whether to
    colour. What is optional is left out where there is no terminal.

    What it sends on 'stdout' or 'output', and on 'stderr', is written there as it is: texts of a stream
    as lines. 'exit-code' or 'code' becomes the exit code. Everything else is printed as JSON. A failure
    is told on standard error, and the exit code is 1.
    """
    settings = _settings(timeout, **given)

    async def work(host: Host) -> int:
        from wasmflow.cli.program import find_program
        from wasmflow.cli.running import facts, run_program
        from wasmflow.host.host import Circumstances

        program = find_program(host, component, settings.variables)
        ctx.meta[COMPONENT] = program.signature.name
        circumstances = Circumstances(timeout=timeout or program.timeout)
        return await run_program(program, facts(arguments), circumstances, quiet=quiet)

    return with_host(artifact, work, settings, quiet=quiet)


def _settings(
    timeout: float | None, *, grant: Grants, limits: dict[str, float], policy: str | None
) -> Settings:
    from wasmflow.host.settings import Settings
    from wasmflow.limits import CEILING

    usual = Settings()
    if timeout:
        # A manifest may say that a transaction has longer than this one is given.
        usual = replace(
            usual, limits=replace(usual.limits, transaction_seconds=timeout), ceiling=CEILING
        )
    return replace(usual.limited(limits), grant=grant, policy=policy)
