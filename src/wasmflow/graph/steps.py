"""Which connections of a flow carry streams, which of these are in step, and which instances are lifted.

Runs once the ports and types of a flow are known, and before the checks. A *step* stands for streams
whose n-th packets belong together: each input of the flow begins one, and so does an output that is
not in step with what its instance takes. Inputs of the flow that meet in one instance have one step
from then on: they must be fed in step. Any other streams that meet are a problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wasmflow.component import Port, Signature
from wasmflow.graph.draft import Draft
from wasmflow.graph.graph import Connection, ErrorPort, FlowInput, Output, Source
from wasmflow.graph.streams import Feeds, error_step, stream_inputs
from wasmflow.manifest.term import ERROR
from wasmflow.problem import Problem

#: What brings streams together that are not in step.
PAIRING = (
    "pair them with core::zip, or make one stream of them with core::interleave or core::concat"
)


def find_steps(draft: Draft, order: Sequence[int]) -> tuple[Draft, list[Problem]]:
    """The draft with the steps of its ports and connections, and which of its streams cannot be.

    `order` has each instance after those that feed it.
    """
    feeds = Feeds(draft)
    streams, problems = stream_inputs(draft, order, feeds)
    finder = _Finder(draft, feeds, streams)
    for node in order:
        finder.visit(node)
    problems += finder.problems
    return replace(finder.found(), undecided=bool(problems)), problems


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A stream that arrives at an input."""

    port: Port
    connection: Connection
    step: int


class _Finder:
    def __init__(self, draft: Draft, feeds: Feeds, streams: frozenset[int]) -> None:
        self._draft = draft
        self._feeds = feeds
        self._steps = _Steps()
        self._inputs = {
            index: self._steps.begin(f"<>.{port.name}", joins=True)
            for index, port in enumerate(draft.inputs)
            if index in streams
        }
        #: Per instance, the steps of its outputs and of its errors.
        self._sent: dict[int, tuple[list[int | None], int | None]] = {}
        self._lifted: set[int] = set()
        self.problems: list[Problem] = []

    def visit(self, node: int) -> None:
        """Find the steps of what an instance sends, after those of all that feed it."""
        signature = self._draft.signatures[node]
        if signature is None:
            return
        arrivals = [
            _Arrival(port, connection, step)
            for port, connection in self._feeds.of(node)
            if (step := self._step(connection.source)) is not None
        ]
        if any(port.stream for port in signature.inputs):
            self._sent[node] = self._stream(node, signature, arrivals)
        else:
            self._sent[node] = self._lift(node, signature, arrivals)

    def _lift(
        self, node: int, signature: Signature, arrivals: Sequence[_Arrival]
    ) -> tuple[list[int | None], int | None]:
        """What takes values sends for each element what it would send for that one value."""
        if arrivals:
            self._lifted.add(node)
        step = self._meet(node, arrivals)
        if not signature.streaming:
            return [step] * len(signature.outputs), step
        own, errors = self._stream(node, signature, ())
        # A stream for each element follows that of the one before; its value keeps the element's place.
        return [step if each is None else each for each in own], errors

    def _stream(
        self, node: int, signature: Signature, arrivals: Sequence[_Arrival]
    ) -> tuple[list[int | None], int | None]:
        """What takes or makes streams sends some in step with those it takes, and begins others."""
        name = self._draft.sites[node].instance.name
        steps: dict[int | None, int | None] = {None: None}
        for number in {each.port.step for each in arrivals} - {None}:
            group = [each for each in arrivals if each.port.step == number]
            steps[number] = self._meet(node, group)
        for port in signature.outputs:
            if port.step not in steps:
                steps[port.step] = self._steps.begin(f"{name}.{port.name}")
        errors = error_step(signature)
        if errors not in steps:
            steps[errors] = self._steps.begin(f"{name}.{ERROR}")
        return [steps[port.step] for port in signature.outputs], steps[errors]

    def _step(self, source: Source) -> int | None:
        match source:
            case FlowInput(port):
                return self._inputs.get(port)
            case Output(node, port) if node in self._sent:
                return self._sent[node][0][port]
            case ErrorPort(node) if node in self._sent:
                return self._sent[node][1]
        return None

    # --- streams that meet ---

    def _meet(self, node: int, arrivals: Sequence[_Arrival]) -> int | None:
        """The one step of streams that an instance takes together; ``None`` if there are none."""
        if not arrivals:
            return None
        first, *others = arrivals
        for other in others:
            if not self._steps.join(first.step, other.step):
                self._refuse(node, first, other)
                break
        return first.step

    def _refuse(self, node: int, first: _Arrival, other: _Arrival) -> None:
        site = self._draft.sites[node]
        ends = (self._end(first), self._end(other))
        message = f"'{site.instance.name}' ({site.id}) gets streams that are not in step"
        hint = PAIRING
        for each in (first, other):
            if self._steps.may_join(each.step):
                hint = (
                    f"{hint}; or state in `inputs` that '{self._steps.name(each.step)}' is a value"
                )
        self.problems.append(
            Problem(f"{message}: {' and '.join(ends)}", hint, other.connection.place)
        )

    def _end(self, arrival: _Arrival) -> str:
        """A stream in words: where it comes from, and where it begins."""
        left, origin = arrival.connection.left, self._steps.name(arrival.step)
        begins = f" (in step with '{origin}')" if origin != left else ""
        return f"'{left}'{begins} on '{arrival.port.name}'"

    # --- what was found ---

    def found(self) -> Draft:
        """The draft with steps numbered from 0, in the order of the flow's ports."""
        draft, number = self._draft, self._steps.number
        inputs = [number(self._inputs.get(index)) for index in range(len(draft.inputs))]
        outputs = [number(self._output(index)) for index in range(len(draft.outputs))]
        return replace(
            draft,
            inputs=tuple(map(_in_step, draft.inputs, inputs)),
            outputs=tuple(map(_in_step, draft.outputs, outputs)),
            connections=tuple(
                replace(each, step=step)
                if (step := number(self._step(each.source))) is not None
                else each
                for each in draft.connections
            ),
            lifted=frozenset(self._lifted),
        )

    def _output(self, index: int) -> int | None:
        """The step of an output of the flow; what is stated of it wins."""
        connection = self._feeds.of_output(index)
        step = self._step(connection.source) if connection else None
        declared = self._draft.flow.outputs
        stream = declared[index].stream if declared is not None else None
        if stream is None or stream == (step is not None):
            return step
        return self._steps.begin(f"<>.{self._draft.outputs[index].name}") if stream else None


def _in_step(port: Port, step: int | None) -> Port:
    return port if step is None else replace(port, step=step)


class _Steps:
    """Steps by the order in which they began; some may turn out to be the same."""

    def __init__(self) -> None:
        self._names: list[str] = []
        #: Per step, itself or one that it was joined with.
        self._same: list[int] = []
        #: How many may be joined; they began first.
        self._joining = 0
        self._numbers: dict[int, int] = {}

    def begin(self, name: str, *, joins: bool = False) -> int:
        """A new step. `name` is where it begins, as messages say."""
        self._names.append(name)
        self._same.append(len(self._same))
        self._joining += joins
        return self._same[-1]

    def name(self, step: int) -> str:
        return self._names[step]

    def may_join(self, step: int) -> bool:
        return step < self._joining

    def join(self, first: int, other: int) -> bool:
        """Make one step of two, if they are not. Says whether they are one now."""
        one, two = self._find(first), self._find(other)
        if one != two and not (self.may_join(one) and self.may_join(two)):
            return False
        self._same[two] = one
        return True

    def number(self, step: int | None) -> int | None:
        """The number of a step, counted from 0 as they are asked for."""
        return (
            None if step is None else self._numbers.setdefault(self._find(step), len(self._numbers))
        )

    def _find(self, step: int) -> int:
        while self._same[step] != step:
            self._same[step] = step = self._same[self._same[step]]
        return step
