"""The trigger that makes a component a command: what it is given, and what becomes of what it sends.

Pure. `wasmflow.cli.running` does the reading and writing; `wasmflow serve` has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn, cast

from wasmflow.component import Port, Signature, TransactionFailed
from wasmflow.errors import UsageError
from wasmflow.host.host import Host
from wasmflow.manifest.specs.triggers.cli import CliBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.naming import canonical
from wasmflow.packet import Failure, Kind
from wasmflow.problem import Problem
from wasmflow.triggers.job import check_job, find_component
from wasmflow.triggers.server import Surroundings
from wasmflow.types import model as wit

#: The inputs that a command is given.
GIVEN: Final = ("args", "stdin", "interactive", "width", "height", "color")

_ANY: Final = (None, wit.ANY)
_TEXTS: Final = (*_ANY, wit.STRING, wit.BYTES)
#: Columns and lines do not fit into eight bits.
_COUNTS: Final = (
    *_ANY, wit.U16, wit.U32, wit.U64, wit.S16, wit.S32, wit.S64, wit.F32, wit.F64,
)  # fmt: skip
_STREAMS: Final = frozenset(("stdin", "stdout", "stderr"))
#: What is assumed of a terminal where there is none.
_USUAL: Final = {"width": 80, "height": 24}


def check(trigger: Trigger, host: Host) -> list[Problem]:
    """Everything that is wrong with it beyond its shape."""
    block = cast(CliBlock, trigger.block)
    signature = find_component(trigger, block.component, host)
    given = [] if isinstance(signature, Problem) else given_inputs(signature)
    return check_job(trigger, block, host, given)


async def open_trigger(trigger: Trigger, surroundings: Surroundings) -> NoReturn:
    """Raises `UsageError`: a command has a beginning and an end, and serves nobody."""
    raise UsageError(f"trigger '{trigger.name}' is a command: wasmflow run ARTIFACT {trigger.name}")


# --- inputs -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What a command is told of how it was called."""

    args: tuple[str, ...] = ()
    #: Those of the standard streams, ``stdin``, ``stdout`` and ``stderr``, that are terminals.
    terminals: frozenset[str] = frozenset()
    #: Columns and lines of the terminal; ``None`` where there is none.
    width: int | None = None
    height: int | None = None
    #: Whether what is written may be coloured.
    color: bool = False


def given_inputs(signature: Signature) -> list[str]:
    """The inputs that a command gives: those with one of its names, of a type that can hold it."""
    return [port.name for port in signature.inputs if _is_given(port)]


def _is_given(port: Port) -> bool:
    name = canonical(port.name)
    if port.stream:
        return name == "stdin" and port.type in _TEXTS
    match name:
        case "args":
            return port.type in (*_ANY, wit.List(wit.STRING))
        case "stdin":
            return port.type in _TEXTS
        case "width" | "height":
            return port.type in _COUNTS
        case "color":
            return port.type in (*_ANY, wit.BOOL)
        case "interactive":
            return port.type in (*_ANY, wit.BOOL) or _is_record_of_streams(port.type)
    return False


def _is_record_of_streams(type_: wit.Type | None) -> bool:
    return isinstance(type_, wit.Record) and all(
        name in _STREAMS and part == wit.BOOL for name, part in type_.fields
    )


def fact_inputs(signature: Signature, constants: Collection[str], facts: Facts) -> dict[str, Any]:
    """The inputs that facts give, where no constant does: input port to value. Standard input is none."""
    ports = [port for port in signature.inputs if _is_given(port) and port.name not in constants]
    values = {port.name: _fact(port, facts) for port in ports if canonical(port.name) != "stdin"}
    return {name: value for name, value in values.items() if value is not None}


def _fact(port: Port, facts: Facts) -> Any:
    """The value for an input; ``None`` where an optional one is given nothing."""
    name = canonical(port.name)
    if name == "args":
        return list(facts.args)
    if name == "color":
        return facts.color
    if name == "interactive":
        return _interactive(port.type, facts.terminals)
    size: int | None = getattr(facts, name)
    size = size or (None if port.optional else _USUAL[name])
    return float(size) if size and port.type in (wit.F32, wit.F64) else size


def _interactive(type_: wit.Type | None, terminals: frozenset[str]) -> Any:
    if type_ == wit.BOOL:
        return {"stdin", "stdout"} <= terminals
    names = (
        [name for name, _ in type_.fields] if isinstance(type_, wit.Record) else sorted(_STREAMS)
    )
    return {name: name in terminals for name in names}


def stdin_input(signature: Signature, constants: Collection[str]) -> Port | None:
    """The input that is given standard input, if there is one and no constant is its value."""
    return next(
        (
            port
            for port in signature.inputs
            if canonical(port.name) == "stdin" and _is_given(port) and port.name not in constants
        ),
        None,
    )


# --- outputs ----------------------------------------------------------------------------------


class Sorted(NamedTuple):
    """What was sent together, by where it goes."""

    #: As they are written to standard output and standard error.
    stdout: bytes = b""
    stderr: bytes = b""
    code: int | None = None
    #: Output port to value, of everything else.
    rest: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Outputs:
    """Which outputs of a component go where."""

    signature: Signature

    @cached_property
    def opened(self) -> bool:
        """Whether the parts of its only output are looked at: if any of them goes somewhere."""
        return any(_place(port) for port in self.signature.parts)

    @cached_property
    def _ports(self) -> Mapping[str, Port]:
        ports = self.signature.parts if self.opened else self.signature.outputs
        return {port.name: port for port in ports}

    @cached_property
    def rest(self) -> Signature:
        """As it would be if it had only those outputs that go nowhere in particular, or may."""
        ports = (p for p in self._ports.values() if not _place(p) or _payload(p.type) in _ANY)
        return Signature(self.signature.name, outputs=tuple(ports))

    def sort(self, sent: Mapping[str, Any]) -> Sorted:
        """What goes where. Raises `TransactionFailed` for an exit code that cannot be."""
        stdout, stderr, code = b"", b"", None
        rest: dict[str, Any] = {}
        for name, value in self._parts(sent).items():
            port = self._ports[name]
            place = _place(port)
            if place == "code" and isinstance(value, int) and not isinstance(value, bool):
                code = _checked(name, value)
            elif place == "stdout" and isinstance(value, str | bytes):
                stdout += _written(port, value)
            elif place == "stderr" and isinstance(value, str | bytes):
                stderr += _written(port, value)
            elif not (place and value is None):
                rest[name] = value
        return Sorted(stdout, stderr, code, rest)

    def _parts(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Port to value; a case that carries nothing sends true."""
        if not self.opened:
            return sent
        match sent.get("output"):
            case wit.Case(name, payload):
                types = dict(cast(wit.Variant, self.signature.outputs[0].type).cases)
                return {name: True if types[name] is None else payload}
            case dict() as fields:
                return fields
        return {}


_PLACES: Final = {
    "stdout": "stdout", "output": "stdout", "stderr": "stderr", "exit-code": "code", "code": "code",
}  # fmt: skip


def _place(port: Port) -> str:
    """Where it goes: ``stdout``, ``stderr``, ``code``; or nowhere in particular."""
    place = _PLACES.get(canonical(port.name), "")
    type_ = _payload(port.type)
    if place == "code":
        return place if type_ in (*_ANY, *wit.INTEGERS) else ""
    texts = type_ in (*_TEXTS, wit.CHAR) or isinstance(type_, wit.Enum)
    return place if texts else ""


def _payload(type_: wit.Type | None) -> wit.Type | None:
    return type_.payload if isinstance(type_, wit.Option) else type_


def _checked(name: str, code: int) -> int:
    if 0 <= code <= 255:
        return code
    reason = f"output '{name}' is {code}, and exit codes are 0 to 255"
    raise TransactionFailed(Failure(Kind.ERROR, reason))


def _written(port: Port, value: str | bytes) -> bytes:
    """As it is; of several texts each is a line."""
    if isinstance(value, bytes):
        return value
    return value.encode() + (b"\n" if port.stream else b"")
