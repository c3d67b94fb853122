"""What can be wrong with the streams of a flow whose steps are known; rules as in `graph.checks`."""

from __future__ import annotations

from collections.abc import Iterator

from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import FlowOutput, Input
from wasmflow.naming import canonical
from wasmflow.packet import EMPTY
from wasmflow.problem import NOWHERE, Problem
from wasmflow.types.wit import describe


def values_are_no_streams(draft: Draft) -> Iterator[Problem]:
    """A component with stream inputs takes no stream on a value input: it is not lifted."""
    for each in draft.connections:
        if each.step is None or not isinstance(each.target, Input):
            continue
        signature = draft.signatures[each.target.node]
        if signature is None or signature.inputs[each.target.port].stream:
            continue
        streams = [port.name for port in signature.inputs if port.stream]
        if streams:
            message = f"'{each.right}' takes one value, but '{each.left}' sends a stream"
            hint = f"only '{streams[0]}' takes one here; core::collect makes one list of a stream"
            yield Problem(message, hint, each.place)


def outputs_are_what_is_stated(draft: Draft) -> Iterator[Problem]:
    """No stream leads to an output of the flow that is stated to be one value."""
    for each in draft.connections:
        if each.step is None or not isinstance(each.target, FlowOutput):
            continue
        declared = (draft.flow.outputs or ())[each.target.port : each.target.port + 1]
        for port in declared:
            if port.stream is False:
                stated, name = describe(port.type), f"output '{port.name}' of the flow"
                message = f"{name} is one {stated}, but '{each.left}' sends a stream"
                yield Problem(message, f"state it as stream<{stated}>", port.place)


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
