"""The inputs of a flow: what its author says of them, and else what the ports that they feed say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wasmflow.component import Port, Signature, Use
from wasmflow.graph.short_form import FLOW, Wire, Wiring
from wasmflow.graph.texts import end_text
from wasmflow.manifest import model
from wasmflow.manifest.model import Role
from wasmflow.naming import canonical, lookup
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.convert import narrowest
from wasmflow.types.wit import describe

#: What a connection leads to that leads nowhere: it demands nothing.
_NOTHING = Port("", None, optional=True)


@dataclass(frozen=True, slots=True)
class _Fed:
    """A port that an input feeds, with the connection that does."""

    port: Port
    end: model.Connection

    @property
    def whole(self) -> bool:
        """Whether it takes the value, not a part of it."""
        return not self.end.source.path


def infer_inputs(
    flow: model.Component, wiring: Wiring, signatures: Sequence[Signature], use: Use | None
) -> tuple[tuple[Port, ...], list[Problem]]:
    """The inputs in their order, and what is wrong with them.

    `signatures` say of each instance what is known of its ports without types. `use` gives types to
    the inputs of which nothing else determines one; without a use these stay undetermined.
    """
    declared = {canonical(port.name): port for port in flow.inputs or ()}
    fed = _fed(wiring, signatures)
    given = {canonical(name): type_ for name, type_ in use.inputs.items()} if use else {}
    ports, problems = [], []
    for name in wiring.inputs:
        key = canonical(name)
        author, takers = declared.get(key), fed.get(key, [])
        type_ = author.type if author and author.type else _narrowest(takers)
        if type_ is None and not takers:
            type_ = wit.ANY
        if isinstance(type_, str):
            problems.append(_no_type(name, type_, takers, author))
            type_ = wit.ANY
        if type_ is None and use is not None:
            type_ = given.get(key, wit.ANY)  # `any` if nothing is connected to it
        inferred = _inferred(name, type_, takers)
        ports.append(_declared(author, inferred) if author else inferred)
    return tuple(ports), problems


def _fed(wiring: Wiring, signatures: Sequence[Signature]) -> dict[str, list[_Fed]]:
    fed: dict[str, list[_Fed]] = {}
    for wire in wiring.wires:
        if wire.connection.source.role is Role.FLOW and wire.output is not None:
            port = _target_port(wire, wiring, signatures)
            fed.setdefault(canonical(wire.output), []).append(_Fed(port, wire.connection))
    return fed


def _target_port(wire: Wire, wiring: Wiring, signatures: Sequence[Signature]) -> Port:
    if wire.target is None or wire.input is None:
        return _NOTHING
    if wire.target == FLOW:
        ports = wiring.receivers[FLOW].ports
        return lookup(wire.input, {port.name: port for port in ports}) or Port(wire.input, None)
    signature = signatures[wire.target]
    index = signature.input(wire.input)
    return _NOTHING if index is None else signature.inputs[index]


def _narrowest(takers: Sequence[_Fed]) -> wit.Type | str | None:
    types = [each.port.type for each in takers if each.whole and each.port.type is not None]
    return narrowest(types) if types else None


def _declared(author: model.DeclaredPort, inferred: Port) -> Port:
    """What the author states of an input; in all else it is as if it were not listed."""
    stated = True if author.default is not EMPTY else author.optional
    optional = inferred.optional if stated is None else stated
    default = inferred.default if author.default is EMPTY and optional else author.default
    return Port(
        author.name,
        inferred.type,
        optional,
        description=author.description or inferred.description,
        default=default,
    )


def _inferred(name: str, type_: wit.Type | None, takers: Sequence[_Fed]) -> Port:
    demanding = [each for each in takers if each.port is not _NOTHING] or takers
    optional = all(each.port.optional for each in demanding)
    whole = [each.port for each in demanding if each.whole]
    description = whole[0].description if len(whole) == 1 else ""
    default = _common_default(whole) if optional and len(whole) == len(demanding) else EMPTY
    return Port(name, type_, optional, description=description, default=default)


def _common_default(ports: Sequence[Port]) -> wit.Json | Empty:
    """What all of them use if they get nothing."""
    defaults = [port.default for port in ports]
    return defaults[0] if defaults and all(each == defaults[0] for each in defaults) else EMPTY


def _no_type(
    name: str, reason: str, takers: Sequence[_Fed], author: model.DeclaredPort | None
) -> Problem:
    named = "; ".join(
        f"'{end_text(each.end.target)}' takes {describe(each.port.type)}"
        for each in takers
        if each.whole
    )
    hint = "state its type in `inputs`, or use an input for each"
    place = author.place if author else takers[0].end.source.place
    return Problem(f"input '{name}' of the flow: {reason} ({named})", hint, place)
