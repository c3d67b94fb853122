"""`wasmflow invoke`: transactions from a command line.

Values of ports stand after ``--`` as flags of the component's own, so that no port can be taken for
an option; with ``--help`` the component is asked for its ports.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import click

from wasmflow.cli import options
from wasmflow.cli.command import COMPONENT, SEE, Command, command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import note, put, put_bytes
from wasmflow.cli.session import chosen, interruptible, with_host
from wasmflow.component import Signature
from wasmflow.errors import UsageError, WasmflowError
from wasmflow.limits import CEILING

if TYPE_CHECKING:
    from wasmflow.cli.ports import Flags
    from wasmflow.cli.stats import Stats
    from wasmflow.cli.transactions import Invocation
    from wasmflow.codec.failures import Where
    from wasmflow.grants import Grants
    from wasmflow.host.host import Circumstances, Host
    from wasmflow.host.settings import Settings

#: Lines that are worked on at the same time at least: some components wait more than they work.
FEWEST_JOBS: Final = 4


class InvokeCommand(Command):
    """Keeps what follows ``--`` apart, as the parameter `flags`.

    Help is that of the artifact or component, where one is named: the parameter `help_wanted`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        own, flags = args[:end], tuple(args[end + 1 :])
        others = [arg for arg in own if arg not in ctx.help_option_names]
        help_wanted = len(others) < len(own) and self._names_artifact(ctx, others)
        try:
            rest = super().parse_args(ctx, others if help_wanted else own)
        except click.NoSuchOption as error:
            raise click.UsageError(_no_such_option(error), ctx) from None
        ctx.params.update(flags=flags, help_wanted=help_wanted)
        return rest

    def _names_artifact(self, ctx: click.Context, args: list[str]) -> bool:
        trial = click.Context(self, ctx.parent, ctx.info_name, resilient_parsing=True)
        super().parse_args(trial, list(args))
        return trial.params.get("artifact") is not None

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- --PORT=VALUE ...]"]


def _no_such_option(error: click.NoSuchOption) -> str:
    """Either a slip, or a port where only options stand."""
    name = error.option_name
    slips = get_close_matches(name, error.possibilities or (), 1, 0.8)
    port = f"the value of a port stands after '--', as in: -- {name}=VALUE"
    return f"no such option '{name}'. Hint: " + (f"did you mean '{slips[0]}'?" if slips else port)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, besides the artifact and the component."""

    flags: tuple[str, ...]
    seed: int | None
    timestamp: int | None
    timeout: float | None
    call_timeout: float | None
    memory: int | None
    limits: dict[str, float]
    fresh: bool
    raw: bool
    raw_in: str | None
    packets: bool
    grant: Grants
    policy: str | None
    jobs: int | None
    stats: bool
    verbose: bool
    quiet: bool
    as_json: bool


@command(
    "wasmflow invoke examples/01-hello/salutations.yaml hello --help",
    "wasmflow invoke examples/01-hello/salutations.yaml hello -- --first-name=Jane --last-name=Doe",
    "echo Jane | wasmflow invoke examples/01-hello/text.wasm greet --raw-in=lines -- --salutation=Hi",
    cls=InvokeCommand,
)
@options.artifact
@options.component("may be left out if there is only one")
@click.option(
    "--seed", type=options.Seed(), help="Where random numbers start; at random if left out."
)
@click.option(
    "--timestamp",
    type=options.Timestamp(),
    help="What clocks show: milliseconds since 1970, or a time in ISO 8601, of UTC unless it says "
    "another zone; the present if left out.",
)
@click.option(
    "--timeout",
    type=options.Duration(),
    help="How long a transaction may take: seconds, or with ms, s, m, h. A manifest may allow less.",
)
@click.option(
    "--call-timeout",
    type=options.Duration(),
    help="How long each call of a component may take, in the same way.",
)
@click.option(
    "--memory",
    type=options.Size(),
    help="How large each memory of a component may get: bytes, or with KiB, MiB, GiB.",
)
@options.limits
@click.option("--fresh", is_flag=True, help="Give every call a store of its own.")
@click.option(
    "--raw-in",
    type=click.Choice(("lines", "chunks", "whole")),
    help="Take text or bytes from standard input as they are: a value for each line, for each chunk "
    "as it comes, or one of all.",
)
@click.option(
    "--raw",
    is_flag=True,
    help="Print the only output, a text or bytes, as it is; of several texts each on its line (on a "
    "terminal a last newline is added).",
)
@click.option(
    "--packets",
    is_flag=True,
    help="Print every packet: its port, and its value, failure, gap or end.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 1000),
    metavar="NUMBER",
    help="How many lines are worked on at the same time, where each is a transaction.",
)
@options.grants
@options.policy
@options.as_json("Tell failures as an object, with their payload.")
@click.option("--stats", is_flag=True, help="Tell at the end how long each component has worked.")
@click.option("-v", "--verbose", is_flag=True, help="Show what happens, on standard error.")
@options.quiet
@click.pass_context
def invoke(
    ctx: click.Context, /, artifact: str, component: str | None, help_wanted: bool, **given: Any
) -> Exit:
    """Run a component and print what it sends.

    Inputs are given after '--' as --PORT=VALUE. Text, characters and cases are taken as they are, or
    as a JSON string in quotes; bytes as text is; every other value is JSON. @PATH stands for what is
    in a file, - for what comes on standard input; text that begins with @, or is -, is written in
    quotes, '"@home"'. A boolean without a value is true.

    Where a required input is missing, or is -, lines of JSON are read from standard input. A line is
    an object of inputs, or the value of the one that is missing. Each is a transaction, or a packet
    if the component takes streams.

    With --help after ARTIFACT and COMPONENT, its inputs and outputs are shown.

    The outputs of a transaction are printed as one JSON object, those of a stream as one for each
    packet, so that commands can be joined with |. A failure is told on standard error, and the exit
    code is 1.
    """
    request = Request(**given)
    stats = _stats(request)

    async def work(host: Host) -> str | bytes | Exit:
        if help_wanted or _asks_for_help(host, component, request.flags):
            return _help(ctx, artifact, component, host)
        name = ctx.meta[COMPONENT] = chosen(host, component)
        ctx.meta[SEE] = shlex.join(["wasmflow", "invoke", artifact, name, "--help"])
        return await _run(host, host.signature(name), request, stats)

    try:
        done = with_host(
            artifact, work, _settings(request), quiet=request.quiet, verbose=request.verbose
        )
        return _put(done)
    finally:
        if stats is not None:
            stats.tell(ctx.meta.get(COMPONENT, artifact), as_json=request.as_json)


def _stats(request: Request) -> Stats | None:
    from wasmflow.cli.stats import Stats

    return Stats() if request.stats else None


def _put(done: str | bytes | Exit) -> Exit:
    if isinstance(done, Exit):
        return done
    if isinstance(done, str):
        put(done)
    else:
        put_bytes(done)
    return Exit.FINE


def _asks_for_help(host: Host, component: str | None, flags: tuple[str, ...]) -> bool:
    """Whether help is asked for after ``--``, where a port of that name comes first."""
    from wasmflow.cli.ports import asks_for_help

    ports = () if _is_open(host, component) else host.signature(chosen(host, component)).inputs
    return asks_for_help(ports, flags)


def _help(ctx: click.Context, artifact: str, component: str | None, host: Host) -> str:
    from wasmflow.cli.component_help import artifact_help, component_help

    if _is_open(host, component):
        return artifact_help(ctx, artifact, host.collection.definitions)
    return component_help(ctx, artifact, host.signature(chosen(host, component)))


def _is_open(host: Host, component: str | None) -> bool:
    """Whether several components could be meant."""
    return component is None and len(host.collection.definitions) > 1


async def _run(
    host: Host, signature: Signature, request: Request, stats: Stats | None
) -> bytes | Exit:
    """Run it as its inputs say. What is to be printed at the end is returned."""
    from wasmflow.cli.ports import read_ports
    from wasmflow.cli.printing import check_form
    from wasmflow.cli.transactions import Units, run_lines, run_once, run_stream, run_whole

    check_form(signature, raw=request.raw, packets=request.packets)
    with interruptible():  # a file may be a pipe that nobody writes to
        flags = read_ports(signature, request.flags, _options())
    fd = None
    if not flags.complete:
        check_reader(host, signature, flags)
        fd = standard_input(signature, flags, quiet=request.quiet)
    circumstances = _circumstances(request, stats)
    invocation = _invocation(host, signature, flags, request, circumstances)
    if fd is None and request.raw_in is not None:
        raise UsageError(f"--raw-in: nothing is to be read{_ALL_GIVEN}")
    if any(port.stream for port in signature.inputs) or (fd is None and signature.streaming):
        return _exit(await run_stream(invocation, fd))
    if fd is None:
        return await run_once(invocation, flags.values)
    if invocation.units is Units.CHUNKS:
        raise UsageError(f"--raw-in=chunks is for streams, and '{signature.name}' takes none")
    if invocation.units is Units.WHOLE and not signature.streaming:
        return await run_whole(invocation, fd)
    return _exit(await run_lines(invocation, fd))


def _options() -> list[str]:
    return [name for option in invoke.params for name in option.opts if name.startswith("-")]


def _exit(fine: bool) -> Exit:
    return Exit.FINE if fine else Exit.FAILED


_ALL_GIVEN = ", since every required input is given. Hint: --PORT=- has one read"


def _invocation(
    host: Host,
    signature: Signature,
    flags: Flags,
    request: Request,
    circumstances: Callable[[int | None], Circumstances],
) -> Invocation:
    from wasmflow.cli.printing import form
    from wasmflow.cli.report import tell
    from wasmflow.cli.transactions import Invocation, Units

    def told(where: Where | None, error: WasmflowError) -> None:
        tell(error, component=signature.name, as_json=request.as_json, where=where)

    units = Units(request.raw_in or "json")
    several = not (flags.complete or units is Units.WHOLE)
    return Invocation(
        host,
        signature,
        flags,
        form(signature, raw=request.raw, packets=request.packets, several=several),
        circumstances,
        told,
        units,
        min(request.jobs or max(os.cpu_count() or 1, FEWEST_JOBS), host.limits.transactions),
        request.quiet,
    )


def check_reader(host: Host, signature: Signature, flags: Flags) -> None:
    """Raises `UsageError` if standard input is a component's, so that no lines can be read from it."""
    from wasmflow.cli.lifting import readers
    from wasmflow.cli.ports import missing_inputs

    if paths := readers(host.collection, signature.name):
        reader = f"'{paths[0]}'" if paths[0] else "the component"
        missing = missing_inputs(flags.missing or flags.dashed)
        raise UsageError(
            f"{missing}. Standard input is not read for that: it is granted to {reader}"
        )


def standard_input(signature: Signature, flags: Flags, *, quiet: bool) -> int:
    """Where lines are to be read from. Raises `UsageError` if they cannot give what is missing."""
    from wasmflow.cli import intake
    from wasmflow.cli.ports import missing_inputs

    if any(port.stream for port in signature.inputs):
        if values := [port for port in flags.missing if not port.stream]:
            raise UsageError(missing_inputs(values))
        if values := [port for port in flags.dashed if not port.stream]:
            names = ", ".join(f"'--{port.name}=-'" for port in values)
            raise UsageError(
                f"{names}: lines of standard input are packets of streams; give a value"
            )
    fd = intake.descriptor()
    if fd is None or (intake.is_null(fd) and not flags.dashed):
        raise UsageError(missing_inputs(flags.missing or flags.dashed))
    if os.isatty(fd) and not quiet:
        what = missing_inputs(flags.missing) + "; r" if flags.missing else "r"
        note(f"{what}eading lines of it from the terminal, until Ctrl-D")
    return fd


def _settings(request: Request) -> Settings:
    from wasmflow.host.settings import Settings

    usual = Settings()
    named = {"memory": request.memory, "call_seconds": request.call_timeout}
    said = {name: value for name, value in named.items() if value} | request.limits
    if request.timeout:
        # A manifest may say that a transaction has longer than this one is given.
        usual = replace(
            usual,
            limits=replace(usual.limits, transaction_seconds=request.timeout),
            ceiling=CEILING,
        )
    return replace(usual.limited(said), grant=request.grant, policy=request.policy)


def _circumstances(request: Request, stats: Stats | None) -> Callable[[int | None], Circumstances]:
    """Of the transaction for a line. What happens in it is told with the line's number."""
    from wasmflow.cli.trace import Trace
    from wasmflow.host.host import Circumstances

    usual = Circumstances(
        request.seed, request.timestamp, request.timeout, request.fresh, listen=stats,
        exact=request.stats,
    )  # fmt: skip

    def traced(line: int | None) -> Circumstances:
        start = "" if line is None else f"line {line}: "
        trace = Trace(lambda text: note(start + text))

        def listen(event: object) -> None:
            trace(event)
            if stats is not None:
                stats(event)

        return usual._replace(listen=listen)

    return traced if request.verbose else lambda _line: usual
