"""What can be wrong with the streams of a flow whose steps are known; rules as in `graph.checks`."""

from __future__ import annotations

from collections.abc import Iterator

from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import Connection, FlowOutput, Input
from wasmflow.graph.texts import COLLECT
from wasmflow.manifest.model import DeclaredPort
from wasmflow.naming import canonical
from wasmflow.packet import EMPTY
from wasmflow.problem import NOWHERE, Problem
from wasmflow.types import model as wit
from wasmflow.types.convert import connectable
from wasmflow.types.wit import describe


def values_are_no_streams(draft: Draft) -> Iterator[Problem]:
    """A component with stream inputs takes no stream on a value input: it is not lifted."""
    for each in draft.connections:
        if (name := _stream_beside(draft, each)) is not None:
            message = f"'{each.right}' takes one value, but '{each.left}' sends a stream"
            hint = f"only '{name}' takes one here; {COLLECT}"
            yield Problem(message, hint, each.place)


def outputs_are_what_is_stated(draft: Draft) -> Iterator[Problem]:
    """No stream leads to an output of the flow that is stated to be one value."""
    for each in draft.connections:
        if (port := _stated_value(draft, each)) is not None:
            stated, name = describe(port.type), f"output '{port.name}' of the flow"
            message = f"{name} is one {stated}, but '{each.left}' sends a stream"
            yield Problem(message, _restated(each.source_type, port.type), port.place)


def takes_one_value(draft: Draft, connection: Connection) -> bool:
    """Whether a stream leads to what takes none, which is a problem whatever its type."""
    beside = _stream_beside(draft, connection)
    return beside is not None or _stated_value(draft, connection) is not None


def _stream_beside(draft: Draft, connection: Connection) -> str | None:
    """The input that takes a stream where one leads to a value input beside it."""
    target = connection.target
    if connection.step is None or not isinstance(target, Input):
        return None
    signature = draft.signatures[target.node]
    if signature is None or signature.inputs[target.port].stream:
        return None
    return next((port.name for port in signature.inputs if port.stream), None)


def _stated_value(draft: Draft, connection: Connection) -> DeclaredPort | None:
    """The output of the flow that is stated to be one value where a stream leads to it."""
    declared, target = draft.flow.outputs, connection.target
    if connection.step is None or declared is None or not isinstance(target, FlowOutput):
        return None
    port = declared[target.port]
    return port if port.stream is False else None


def _restated(sent: wit.Type | None, stated: wit.Type | None) -> str:
    """What to do where packets of `sent` lead to what is stated to be one value."""
    packet = describe(sent if connectable(sent, stated) else stated)
    restate = f"state it as stream<{packet}>"
    if isinstance(stated, wit.List) and connectable(sent, stated.element) is None:
        return f"{COLLECT}; or {restate}"
    return restate


def calls_can_be_repeated(draft: Draft) -> Iterator[Problem]:
    """`retry` repeats calls on values; what a streaming component has taken cannot be given again."""
    for site, signature in zip(draft.sites, draft.signatures, strict=True):
        retry = site.instance.retry
        if retry is not None and signature is not None and signature.streaming:
            message = f"`retry` repeats calls on values, and {site.described} works on a stream"
            place = site.instance.place if retry.place == NOWHERE else retry.place
            yield Problem(message, "leave it out", place)


def batches_can_be_taken(draft: Draft) -> Iterator[Problem]:
    """`batch` is about the elements of streams that a component takes."""
    for site, signature in zip(draft.sites, draft.signatures, strict=True):
        if site.instance.batch is None or signature is None:
            continue
        if not any(port.stream for port in signature.inputs):
            message = f"`batch` has no effect on {site.described}: it takes no stream"
            yield Problem(message, "leave it out", site.instance.place, warning=True)


def streams_have_no_default(draft: Draft) -> Iterator[Problem]:
    """What is used where nothing is given is for one value; a stream of nothing is one, too."""
    declared = {canonical(port.name): port for port in draft.flow.inputs or ()}
    for port in draft.inputs:
        author = declared.get(canonical(port.name))
        if port.stream and author is not None and author.default is not EMPTY:
            message = f"input '{port.name}' of the flow is a stream, which has no default"
            yield Problem(message, "leave the default out", author.place)
