"""`wasmflow invoke`: one transaction from a command line.

Values of ports stand after ``--`` as flags of the component's own, so that no port can be taken for
an option; with ``--help`` the component is asked for its ports.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from wasmflow.cli import options
from wasmflow.cli.command import COMPONENT, SEE, Command, command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import out, put, put_bytes, put_json
from wasmflow.cli.session import chosen, interruptible, with_host
from wasmflow.component import Port, Signature, TransactionFailed
from wasmflow.errors import UsageError
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit

if TYPE_CHECKING:
    from wasmflow.host.host import Circumstances, Host
    from wasmflow.host.settings import Settings

#: Output port to value; a port that sent nothing is absent.
Sent: TypeAlias = Mapping[str, Any]


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
    fresh: bool
    raw: bool
    verbose: bool
    quiet: bool
    #: Only shapes the report of an error, which is not made here.
    as_json: bool


@command(
    "wasmflow invoke examples/01-hello/salutations.yaml hello --help",
    "wasmflow invoke examples/01-hello/salutations.yaml hello -- --first-name=Jane --last-name=Doe",
    "wasmflow invoke examples/01-hello/text.wasm concat --raw -- --left=@LICENSE --right=End",
    cls=InvokeCommand,
)
@options.artifact
@options.component("may be left out if there is only one")
@click.option("--seed", type=options.Seed(), help="Where random numbers start.")
@click.option(
    "--timestamp",
    type=options.Timestamp(),
    help="What clocks show: milliseconds since 1970, or a time in ISO 8601.",
)
@click.option(
    "--timeout",
    type=options.Duration(),
    help="How long the transaction may take: seconds, or with ms, s, m, h.",
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
@click.option("--fresh", is_flag=True, help="Give every call a store of its own.")
@click.option(
    "--raw",
    is_flag=True,
    help="Print the only output, a text or bytes, as it is (on a terminal a last newline is added).",
)
@options.as_json("Tell failures as an object, with their payload.")
@click.option("-v", "--verbose", is_flag=True, help="Show what happens, on standard error.")
@options.quiet
@click.pass_context
def invoke(
    ctx: click.Context, /, artifact: str, component: str | None, help_wanted: bool, **given: Any
) -> Exit:
    """Run a component once and print what it sends.

    Inputs are given after '--' as --PORT=VALUE. Text, characters and cases are taken as they are, or
    as a JSON string in quotes; bytes as text is; every other value is JSON. @PATH stands for what is
    in a file; text that begins with @ is written in quotes, '"@home"'. A boolean without a value is
    true.

    With --help after ARTIFACT and COMPONENT, its inputs and outputs are shown.

    The outputs are printed as one JSON object. A failure is told on standard error, and the exit
    code is 1.
    """
    request = Request(**given)

    async def work(host: Host) -> str | tuple[Signature, Sent]:
        if help_wanted or _asks_for_help(host, component, request.flags):
            return _help(ctx, artifact, component, host)
        name = ctx.meta[COMPONENT] = chosen(host, component)
        ctx.meta[SEE] = shlex.join(["wasmflow", "invoke", artifact, name, "--help"])
        return await _transact(host, name, request)

    done = with_host(
        artifact, work, _settings(request), quiet=request.quiet, verbose=request.verbose
    )
    if isinstance(done, str):
        put(done)
    elif request.raw:
        print_raw(done[1])
    else:
        print_json(*done)
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


async def _transact(host: Host, name: str, request: Request) -> tuple[Signature, Sent]:
    from wasmflow.cli.ports import read_ports

    signature = host.signature(name)
    if request.raw:
        check_raw(signature)
    with interruptible():  # a file may be a pipe that nobody writes to
        inputs = read_ports(signature, request.flags)
    return signature, await host.invoke(name, inputs, _circumstances(request))


def _settings(request: Request) -> Settings:
    from wasmflow.host.settings import Settings

    usual = Settings()
    limits = replace(
        usual.limits,
        memory=request.memory or usual.limits.memory,
        call_seconds=request.call_timeout or usual.limits.call_seconds,
    )
    return replace(usual, limits=limits)


def _circumstances(request: Request) -> Circumstances:
    from wasmflow.host.host import Circumstances

    listen = None
    if request.verbose:
        from wasmflow.cli.trace import Trace

        listen = Trace()
    return Circumstances(
        request.seed, request.timestamp, request.timeout, request.fresh, listen=listen
    )


def print_json(signature: Signature, sent: Sent) -> None:
    """Port to value, in the signature's order; a record whose fields are ports is the object of them.

    Raises `TransactionFailed` for what JSON cannot hold.
    """
    ports = [port for port in signature.outputs if port.name in sent]
    shown = {port.name: _as_json(port, sent[port.name]) for port in ports}
    try:
        put_json(shown.get("output", {}) if signature.opened else shown)
    except wit.Misfit as misfit:
        raise _unprintable(str(misfit)) from None


def _as_json(port: Port, value: Any) -> wit.Json:
    from wasmflow.types.json import encoder

    try:
        return encoder(port.type)(value)
    except wit.Misfit as misfit:
        raise _unprintable(f"{port.name}{misfit.where}: {misfit.reason}") from None


def _unprintable(reason: str) -> TransactionFailed:
    return TransactionFailed(Failure(Kind.ERROR, f"output {reason}"))


_RAW = "; --raw prints a single output that is text or bytes"


def check_raw(signature: Signature) -> None:
    """Raises `UsageError` unless the component has one output and that may be text or bytes."""
    if len(signature.outputs) != 1:
        count = len(signature.outputs) or "no"
        raise UsageError(f"'{signature.name}' has {count} outputs{_RAW}")
    type_ = signature.outputs[0].type
    texts = (None, wit.ANY, wit.STRING, wit.CHAR, wit.BYTES)
    if type_ not in texts and not isinstance(type_, wit.Enum):
        from wasmflow.types.wit import format_type

        raise UsageError(f"the output of '{signature.name}' is {format_type(type_)}{_RAW}")


def print_raw(sent: Sent) -> None:
    """A person's prompt comes on a line of its own; for everybody else nothing is added."""
    if not sent:
        return
    (value,) = sent.values()
    if not isinstance(value, str | bytes):
        raise UsageError(f"the output is not text{_RAW}")
    if not out().interactive:
        put_bytes(value.encode() if isinstance(value, str) else value)
    elif isinstance(value, str):
        put(value if value.endswith("\n") else value + "\n")
    else:
        put_bytes(value if value.endswith(b"\n") else value + b"\n")
