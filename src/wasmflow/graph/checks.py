"""What can be wrong with a flow whose names are resolved: one function per rule, all of them run.

Each takes the flow as far as it could be resolved, and says nothing of what could not: that is a
problem already, and one mistake should not be reported twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from wasmflow.component import Port, Signature
from wasmflow.graph.constants import decode
from wasmflow.graph.diamonds import streams_do_not_pile_up
from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import CORE, Connection, FlowOutput, Input
from wasmflow.graph.instances import Site
from wasmflow.graph.receivers import Claim
from wasmflow.graph.short_form import FLOW
from wasmflow.graph.stream_checks import (
    batches_can_be_taken,
    calls_can_be_repeated,
    outputs_are_what_is_stated,
    streams_have_no_default,
    takes_one_value,
    values_are_no_streams,
)
from wasmflow.graph.texts import (
    COLLECT,
    EACH,
    FAN_IN,
    FORMAT,
    PARSE,
    PINNED,
    carried_text,
    json_text,
    signature_text,
)
from wasmflow.naming import canonical, listing
from wasmflow.packet import EMPTY
from wasmflow.problem import NOWHERE, Place, Problem
from wasmflow.types import model as wit
from wasmflow.types.convert import connectable, may_fail
from wasmflow.types.text import is_plain
from wasmflow.types.wit import describe, spell_out


def check_flow(draft: Draft) -> list[Problem]:
    """All that is wrong with a flow, by every rule."""
    return [problem for check in CHECKS for problem in check(draft)]


def inputs_are_fed_once(draft: Draft) -> Iterator[Problem]:
    """An input, and an output of the flow, takes one connection or one constant."""
    for index, receiver in draft.wiring.receivers.items():
        twice: dict[tuple[Claim, Claim], list[str]] = {}
        for name, claims in receiver.claims.items():
            first, *others = sorted(claims, key=lambda claim: claim.place)
            for other in others:
                twice.setdefault((first, other), []).append(receiver.find(name) or name)
        for (first, other), names in twice.items():
            verb = "are" if len(names) > 1 else "is"
            who = _ports_of(draft, index, names)
            message = f"{who} {verb} fed twice: by {first.text} and by {other.text}"
            yield Problem(message, PINNED if first.pinned or other.pinned else FAN_IN, other.place)


def required_inputs_are_fed(draft: Draft) -> Iterator[Problem]:
    """Every required input of an instance is connected or pinned."""
    for index, (site, signature) in enumerate(zip(draft.sites, draft.signatures, strict=True)):
        receiver = draft.wiring.receivers[index]
        if signature is None or receiver.blurred:
            continue
        fed = receiver.claims
        missing = [
            port.name
            for port in signature.inputs
            if not port.optional and canonical(port.name) not in fed
        ]
        if missing:
            noun = "inputs" if len(missing) > 1 else "input"
            message = f"{site.described} gets nothing on its required {noun} {listing(missing)}"
            hint = f"connect or pin what is missing of {signature_text(site.id, signature)}"
            yield Problem(message, hint, site.instance.place)


def types_fit(draft: Draft) -> Iterator[Problem]:
    """Values of the type at the left of a connection can go to its right."""
    for each in draft.connections:
        if each.constant is not EMPTY or takes_one_value(draft, each):
            continue
        reason = connectable(each.source_type, each.target_type)
        if reason is not None:
            yield _misfits(draft, each, reason)


def _misfits(draft: Draft, connection: Connection, reason: str) -> Problem:
    """What is sent and what is taken; the reason where that does not say it."""
    sent, wanted = connection.source_type, connection.target_type
    port = _target_port(draft, connection)
    streams = connection.step is not None, port is not None and port.stream
    sends = carried_text(sent, stream=streams[0])
    takes = carried_text(wanted, stream=streams[1])
    message = f"'{connection.left}' sends {sends}, but '{connection.right}' takes {takes}"
    hint = (
        _list_or_stream(draft, connection, streams)
        or _fitting_part(connection)
        or _text_or_value(connection)
    )
    plain = reason.startswith(f"{describe(sent)} cannot become")
    if not plain or (streams[0] != streams[1] and not hint):
        message = f"{message}: {reason}"
    return Problem(message, hint, connection.place)


def _list_or_stream(draft: Draft, connection: Connection, streams: tuple[bool, bool]) -> str:
    """A hint at what fits once a list is a stream, or a stream a list."""
    sent, wanted = connection.source_type, connection.target_type
    from_stream, to_stream = streams
    if isinstance(sent, wit.List) and connectable(sent.element, wanted) is None:
        if to_stream:
            return EACH
        lifted = f"{EACH}, and what takes a value is called for each element"
        return lifted if _can_be_lifted(draft, connection) else ""
    if from_stream and isinstance(wanted, wit.List) and connectable(sent, wanted.element) is None:
        return COLLECT
    return ""


def _can_be_lifted(draft: Draft, connection: Connection) -> bool:
    """Whether a connection leads to what would be called for each element of a stream."""
    if not isinstance(connection.target, Input):
        return False
    signature = draft.signatures[connection.target.node]
    return signature is not None and not any(port.stream for port in signature.inputs)


def _fitting_part(connection: Connection) -> str:
    """A hint at the parts of what is sent that would fit."""
    sent = connection.source_type
    parts = sent.fields if isinstance(sent, wit.Record) else ()
    wanted = connection.target_type
    fitting = [
        f"{connection.left}.{part.name}"
        for part in parts
        if connectable(part.type, wanted) is None and not may_fail(part.type, wanted)
    ]
    return f"a part of it fits: {listing(fitting)}" if fitting else ""


def _text_or_value(connection: Connection) -> str:
    """A hint at what reads a text as what is wanted, or writes what is sent."""
    sent, wanted = map(_inside, (connection.source_type, connection.target_type))
    left, right = connection.left, connection.right
    if wanted == wit.STRING:
        return f"{FORMAT}: {left} -> core::format[] -> {right}"
    if sent != wit.STRING or wanted is None:
        return ""
    if is_plain(wanted):  # its texts are no JSON
        return f"{PARSE}, with: {{type: '{spell_out(wanted)}'}}"
    return f"{PARSE}: {left} -> core::parse[] -> {right}"


def _inside(type_: wit.Type | None) -> wit.Type | None:
    return type_.payload if isinstance(type_, wit.Option) else type_


def constants_fit(draft: Draft) -> Iterator[Problem]:
    """A literal, and what `with` or `core::sender` sends, is a value of the port that it feeds."""
    for each in draft.connections:
        port = _target_port(draft, each)
        if each.constant is EMPTY or port is None:
            continue
        if (reason := _misfit(port, each.constant)) is not None:
            message = f"{json_text(each.constant)} does not fit '{each.right}': {reason}"
            yield Problem(message, "", each.place)


def defaults_fit(draft: Draft) -> Iterator[Problem]:
    """What replaces a failure is a value of the port that the connection feeds."""
    for each in draft.connections:
        port = _target_port(draft, each)
        if each.default is EMPTY or port is None:
            continue
        if (reason := _misfit(port, each.default)) is not None:
            message = f"default {json_text(each.default)} does not fit '{each.right}': {reason}"
            hint = ""
            if isinstance(each.target, FlowOutput):
                hint = f"give '{port.name}' a type in `outputs` that both fit, such as `any`"
            yield Problem(message, hint, each.default_place)


def declared_inputs_are_used(draft: Draft) -> Iterator[Problem]:
    """A declared input feeds something; its default is of its type."""
    for declared, port in zip(draft.flow.inputs or (), draft.inputs, strict=False):
        if declared.default is not EMPTY and (reason := _misfit(port, declared.default)):
            message = f"the default of input '{port.name}' does not fit {describe(port.type)}"
            yield Problem(f"{message}: {reason}", "", declared.place)
        if draft.wiring.complete and canonical(port.name) in draft.wiring.unused:
            message = f"input '{port.name}' of the flow is connected to nothing"
            yield Problem(message, "", declared.place, warning=True)


def declared_outputs_are_fed(draft: Draft) -> Iterator[Problem]:
    """Something is connected to every declared output."""
    receiver = draft.wiring.receivers[FLOW]
    if receiver.blurred:
        return
    for declared in draft.flow.outputs or ():
        if canonical(declared.name) not in receiver.claims:
            message = f"nothing is connected to output '{declared.name}' of the flow"
            hint = f"write INSTANCE.PORT -> <>.{declared.name}"
            yield Problem(message, hint, declared.place)


def retries_can_help(draft: Draft) -> Iterator[Problem]:
    """What is repeated after an error can have one."""
    for site, signature in _found(draft):
        retry = site.instance.retry
        if retry is None or signature.streaming:
            continue
        if canonical(site.instance.namespace) == CORE:
            message = f"`retry` has no effect on {site.described}: core components do not break"
            yield Problem(message, "leave it out", _placed(retry.place, site), warning=True)


Check: TypeAlias = Callable[[Draft], Iterable[Problem]]
CHECKS: Final[tuple[Check, ...]] = (
    inputs_are_fed_once,
    required_inputs_are_fed,
    types_fit,
    constants_fit,
    defaults_fit,
    declared_inputs_are_used,
    declared_outputs_are_fed,
    retries_can_help,
    values_are_no_streams,
    outputs_are_what_is_stated,
    calls_can_be_repeated,
    streams_have_no_default,
    batches_can_be_taken,
    streams_do_not_pile_up,
)


def _found(draft: Draft) -> Iterator[tuple[Site, Signature]]:
    for site, signature in zip(draft.sites, draft.signatures, strict=True):
        if signature is not None:
            yield site, signature


def _placed(place: Place, site: Site) -> Place:
    return site.instance.place if place == NOWHERE else place


def _ports_of(draft: Draft, index: int, names: list[str]) -> str:
    plural = "s" if len(names) > 1 else ""
    if index == FLOW:
        return f"output{plural} {listing(names)} of the flow"
    return f"input{plural} {listing(names)} of {draft.sites[index].described}"


def _target_port(draft: Draft, connection: Connection) -> Port | None:
    match connection.target:
        case FlowOutput(port):
            return draft.outputs[port]
        case Input(node, port):
            signature = draft.signatures[node]
            return None if signature is None else signature.inputs[port]
    return None


def _misfit(port: Port, constant: wit.Json) -> str | None:
    """Why a port does not take a constant; ``None`` if it does."""
    try:
        decode(port, constant)
    except wit.Misfit as misfit:
        return str(misfit)
    return None
