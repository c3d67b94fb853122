"""Whatever a manifest says, it becomes problems or graphs; and a graph becomes a plan that can be run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.components import namespaces
from wasmflow.component import Port, Use
from wasmflow.errors import ProblemsError
from wasmflow.graph.build import Graphs, build_graphs
from wasmflow.graph.compile import compile_plan
from wasmflow.graph.graph import (
    SELF,
    FlowInput,
    FlowOutput,
    Graph,
    Input,
    Literal,
    Node,
    Output,
    Source,
)
from wasmflow.graph.plan import Plan, Read
from wasmflow.graph.plan import Source as Fed
from wasmflow.manifest.connection import connect
from wasmflow.manifest.model import (
    Component,
    Connection,
    DeclaredPort,
    End,
    Instance,
    Manifest,
    Pinned,
    RetrySpec,
    Role,
)
from wasmflow.manifest.term import parse_line
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit

NAMES = ["a", "b-c", "b_c", "d"]
PORTS = [
    "text",
    "output",
    "name",
    "left",
    "right",
    "a",
    "first_name",
    "age",
    "input",
    "head",
    "x y",
]
COMPONENTS = [
    *(("text", name) for name in ("concat", "greet", "upper", "find", "name-badge", "classify")),
    *(("text", name) for name in ("split", "words", "maybe", "store", "hash", "none")),
    *(
        ("core", name)
        for name in ("merge", "first", "sender", "pluck", "switch", "log", "fail", "drop")
    ),
    *(("self", name) for name in ("f0", "f1", "f2")),
    ("broken", "x"),
    ("missing", "x"),
    *(
        ("streams", name)
        for name in ("lines", "trim", "label", "sum", "show", "each", "pair", "parts")
    ),
    *(("core", name) for name in ("zip", "each", "collect")),
]
json = st.sampled_from(
    [None, True, 3, 1.5, float("nan"), "text", "\ud800", "$ERROR", [], [1], {}, {"a": "x"}, 2**70]
)
names = st.sampled_from(NAMES)
ports = st.none() | st.sampled_from(PORTS)
paths = st.just(()) | st.lists(st.sampled_from([*PORTS, "0", "prose"]), max_size=2).map(tuple)
types = st.sampled_from([None, None, wit.STRING, wit.U8, wit.ANY, wit.Option(wit.U32), wit.BYTES])


@st.composite
def sources(draw: st.DrawFn) -> End:
    role = draw(st.sampled_from([Role.INSTANCE, Role.INSTANCE, Role.FLOW, Role.LITERAL]))
    if role is Role.LITERAL:
        return End(role, literal=draw(json))
    port = draw(ports | st.just("<error>") if role is Role.INSTANCE else ports)
    path = draw(paths) if port else ()
    return End(role, draw(names) if role is Role.INSTANCE else "", port, path)


@st.composite
def targets(draw: st.DrawFn) -> End:
    role = draw(st.sampled_from([Role.INSTANCE, Role.INSTANCE, Role.FLOW, Role.DROP]))
    if role is Role.DROP:
        return End(role)
    return End(role, draw(names) if role is Role.INSTANCE else "", draw(ports))


connections = st.builds(Connection, sources(), targets(), st.just(EMPTY) | st.just(EMPTY) | json)
pins = st.dictionaries(
    st.sampled_from([*PORTS, "path", "cases", "inputs"]), json.map(Pinned), max_size=2
)
declared = st.none() | st.lists(
    st.builds(
        DeclaredPort,
        st.sampled_from(PORTS),
        types,
        st.none() | st.booleans(),
        st.just(""),
        st.just(EMPTY) | json,
    ),
    max_size=3,
).map(tuple)


@st.composite
def flows(draw: st.DrawFn, name: str) -> Component:
    chosen = draw(st.lists(names, max_size=4, unique=True))
    instances: dict[str, Instance] = {}
    for each in chosen:
        namespace, component = draw(st.sampled_from(COMPONENTS))
        retry = draw(st.none() | st.just(RetrySpec(2)))
        instances[each] = Instance(each, namespace, component, draw(pins), retry)
    return Component(
        name,
        instances,
        tuple(draw(st.lists(connections, max_size=6))),
        draw(declared),
        draw(declared),
    )


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    components = {name: draw(flows(name)) for name in ("f0", "f1", "f2")}
    return Manifest(Path("flow.yaml"), components=components)


#: Components of text ports, with what has to be connected and what can be read.
Kinds: TypeAlias = Mapping[tuple[str, str], tuple[list[str], list[str]]]
SOUND: Kinds = {
    ("text", "upper"): (["text"], ["output"]),
    ("text", "concat"): (["left", "right"], ["output"]),
    ("text", "greet"): (["name", "salutation"], ["output", "<error>.message"]),
    ("text", "split"): (["text"], ["head", "tail"]),
    ("text", "classify"): (["text"], ["prose", "output.prose"]),
    ("core", "merge"): (["x", "y"], ["x", "output.y"]),
    ("core", "first"): (["x", "y"], ["output"]),
    ("core", "log"): (["input", "label"], ["output"]),
}


#: The same of components that take or make streams.
STREAMING: Kinds = {
    ("streams", "trim"): (["line"], ["output", "<error>.message"]),
    ("streams", "lines"): (["text"], ["output", "<error>.message"]),
    ("streams", "label"): (["line", "prefix"], ["output"]),
    ("streams", "pair"): (["left", "right"], ["output"]),
    ("streams", "parts"): (["text"], ["line", "word", "<error>.message"]),
    ("streams", "source"): (["text"], ["output", "<error>.message"]),
    ("streams", "last"): (["line"], ["output", "<error>.message"]),
    ("streams", "show"): (["line"], ["<error>.message"]),
}


@st.composite
def sound_flows(
    draw: st.DrawFn,
    name: str,
    inner: dict[str, Component],
    kinds: Kinds = SOUND,
) -> Component:
    """A flow of which every connection fits, of components and of the flows `inner`."""
    kinds = dict(kinds)
    for each in inner.values():
        ends = [connection.source for connection in each.connections]
        inputs = sorted({end.port or "" for end in ends if end.role is Role.FLOW})
        kinds["self", each.name] = (inputs, ["out"])
    texts = ["<>.in0", "<>.in0", "<>.in1", '"text"']
    instances: dict[str, Instance] = {}
    lines: list[tuple[str, str]] = []
    for index in range(draw(st.integers(1, 5))):
        namespace, component = draw(st.sampled_from(sorted(kinds)))
        inputs, outputs = kinds[namespace, component]
        node = f"n{index}"
        instances[node] = Instance(node, namespace, component)
        lines += [(draw(st.sampled_from(texts)), f"{node}.{port}") for port in inputs]
        texts += [f"{node}.{port}" for port in outputs]
    lines += [("<>.in0", "drop"), (draw(st.sampled_from(texts)), "<>.out")]
    found = [term_connection(left, right) for left, right in draw(st.permutations(lines))]
    return Component(name, instances, tuple(found))


def term_connection(left: str, right: str) -> Connection:
    ends = (*parse_line(f"{left} -> {right}"),)
    ((source, target),) = connect(ends, {f"n{i}" for i in range(5)})
    return Connection(source, target)


@st.composite
def sound_manifests(
    draw: st.DrawFn,
    kinds: Kinds = SOUND,
) -> Manifest:
    components: dict[str, Component] = {}
    for name in ("f0", "f1", "f2"):
        components[name] = draw(sound_flows(name, dict(components), kinds))
    return Manifest(Path("flow.yaml"), components=components)


@settings(deadline=None)
@given(manifests())
def test_any_manifest_becomes_problems_or_graphs(manifest: Manifest) -> None:
    graphs = build_graphs(manifest, namespaces())
    assert all(problem.message for problem in graphs.problems)
    if all(problem.warning for problem in graphs.problems):
        for name in manifest.components:
            try:
                check_plan_of(graphs, name)
            except ProblemsError as error:
                if "could not be opened" not in str(error):
                    raise


@settings(deadline=None)
@given(sound_manifests())
def test_every_read_of_a_plan_refers_to_an_earlier_slot(manifest: Manifest) -> None:
    graphs = build_graphs(manifest, namespaces())
    assert [str(problem) for problem in graphs.problems] == []
    for name in manifest.components:
        check_plan_of(graphs, name)


@settings(deadline=None)
@given(sound_manifests({**SOUND, **STREAMING}))
def test_streams_that_meet_are_in_step_or_refused(manifest: Manifest) -> None:
    graphs = build_graphs(manifest, namespaces())
    if all(problem.warning for problem in graphs.problems):
        for name in manifest.components:
            check_plan_of(graphs, name)
            check_steps(graphs.graph(name))


def check_steps(graph: Graph) -> None:
    """Every connection has the step of its source, and every instance one step for what it takes together."""
    known: dict[Source, int | None] = {
        FlowInput(i): port.step for i, port in enumerate(graph.signature.inputs)
    }
    arriving: dict[int, dict[int, int | None]] = {}
    for each in graph.connections:
        if isinstance(each.source, Literal):
            assert each.step is None
        else:
            assert known.setdefault(each.source, each.step) == each.step
        if isinstance(each.target, Input):
            arriving.setdefault(each.target.node, {})[each.target.port] = each.step
        if isinstance(each.target, FlowOutput):
            assert graph.signature.outputs[each.target.port].step == each.step
    for index, node in enumerate(graph.nodes):
        outputs = {known.get(Output(index, i)): p for i, p in enumerate(node.signature.outputs)}
        check_node(node, arriving.get(index, {}), outputs)


def check_node(
    node: Node, arriving: dict[int, int | None], outputs: dict[int | None, Port]
) -> None:
    ports = node.signature.inputs
    met: dict[int | None, set[int]] = {}
    for port, step in arriving.items():
        if step is not None:
            met.setdefault(ports[port].step, set()).add(step)
    assert all(len(steps) == 1 for steps in met.values())
    takes = any(port.stream for port in ports)
    assert node.lifted == (None in met)
    assert not (takes and node.lifted)
    if not node.signature.streaming:
        assert outputs.keys() <= {None, *met.get(None, set())}


def check_plan_of(graphs: Graphs, name: str) -> None:
    edge = graphs.signature(name, Use())
    if isinstance(edge, list):
        return  # it needs a type that `any` cannot stand for
    plan = compile_plan(graphs.graph(name))
    assert plan.signature == edge
    check_plan(plan)
    for node in graphs.graph(name).nodes:
        if node.namespace == SELF:
            assert graphs.graph(node.component, node.use).signature == node.signature


def check_plan(plan: Plan) -> None:
    filled = len(plan.signature.inputs)
    for index, node in enumerate(plan.nodes):
        assert len(node.inputs) == len(node.signature.inputs)
        assert all(slot < filled for slot in slots(node.inputs))
        assert all(earlier < index for earlier in node.after)
        assert node.outputs == filled
        filled += len(node.signature.outputs) + (node.error is not None)
        assert node.error in (None, filled - 1)
        for port, source in zip(node.signature.inputs, node.inputs, strict=True):
            assert source is not None or port.optional
    assert plan.slots == filled
    assert all(slot < filled for slot in slots(plan.outputs))
    assert len(plan.outputs) == len(plan.signature.outputs)


def slots(sources: tuple[Fed, ...]) -> list[int]:
    return [source.slot for source in sources if isinstance(source, Read)]
