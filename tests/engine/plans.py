"""Random flows: any shape, any mishap."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.engine.naive import Flow, Leaf
from tests.fakes import error, exception, ports
from wasmflow.component import Outcome, Signature, Use
from wasmflow.graph.plan import Constant, Node, Plan, Read, Retry, Source
from wasmflow.packet import EMPTY, Failure, Slot
from wasmflow.types import model as wit
from wasmflow.types.path import Member

#: JSON that fits some conversions and paths and not others.
values = st.sampled_from([1, 300, "text", None, {"k": 7}, {"k": {"k": "deep"}}, [True]])
defaults = st.sampled_from([0, "because $ERROR", {"$ERROR": ["$ERROR!"]}, None])
#: From `any` to what, and along which path.
crossings: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {},
        {},
        {"source": wit.ANY, "target": wit.U8},
        {"source": wit.ANY, "target": wit.STRING},
        {"path": (Member("k"),)},
        {"path": (Member("k"),), "source": wit.ANY, "target": wit.U8},
        {"source": wit.Option(wit.ANY), "target": wit.ANY, "path": ()},
    ]
)
#: What an attempt does to a port; ``...`` sends what came in.
port_results = st.sampled_from([..., ..., ..., 5, EMPTY, exception("port"), error("port")])
retries = st.none() | st.builds(Retry, st.integers(1, 2), st.sampled_from([0, 3]), st.just(2))


@st.composite
def flows(draw: st.DrawFn, depth: int = 2) -> Flow:
    """A flow of a few nodes, some of them flows."""
    inputs = ports(draw(st.sampled_from(["", "a", "a b?", "a? b?"])))
    owners: list[int | None] = [None] * len(inputs)
    drafts = []
    parts = [
        draw(leaves() if depth == 0 else leaves() | flows(depth - 1)) for _ in range(draw(sizes))
    ]
    for at, part in enumerate(parts):
        sources = [
            draw(reads(len(owners), optional=port.optional)) for port in part.signature.inputs
        ]
        drafts.append((sources, len(owners), draw(retries)))
        owners += [at] * (len(part.signature.outputs) + 1)
    outputs = draw(st.lists(reads(len(owners), optional=False), max_size=3))
    dropped = [
        Read(each.slot, (Member("k"),), label=f"drop {each.slot}")
        for each in draw(st.lists(reads(len(owners), optional=False), max_size=2))
        if isinstance(each, Read)
    ]
    used = _used([*outputs, *(source for sources, _, _ in drafts for source in sources)])
    errors = {
        first + len(part.signature.outputs)
        for part, (_, first, _) in zip(parts, drafts, strict=True)
    }
    used |= errors & {each.slot for each in dropped}
    nodes = tuple(
        _node(at, part, draft, owners, used)
        for at, (part, draft) in enumerate(zip(parts, drafts, strict=True))
    )
    signature = Signature("flow", inputs, ports(" ".join(f"o{at}" for at in range(len(outputs)))))
    preset = tuple(
        draw(values) if port.optional and draw(st.booleans()) else EMPTY for port in inputs
    )
    return Flow(Plan(signature, preset, nodes, tuple(outputs), len(owners), tuple(dropped)), parts)


sizes = st.integers(0, 5)


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    """A component with a script for each attempt: a whole failure, or something for every port."""
    inputs = draw(st.sampled_from(["", "x", "x", "x y", "x y", "x? y", "x? y?"]))
    width = draw(st.integers(0, 2))
    whole = st.sampled_from([exception("whole"), error("whole"), error("elsewhere", "far/away")])
    attempt = whole | st.lists(port_results, min_size=width, max_size=width)
    script = draw(st.lists(attempt, min_size=1, max_size=3))

    def outcome(slots: tuple[Slot, ...], number: int) -> Outcome:
        result: Any = script[number % len(script)]
        if isinstance(result, Failure):
            return result
        came = [[] if slot is EMPTY else slot for slot in slots]
        sent: object = came[0] if len(came) == 1 else came
        return tuple([sent if each is ... else each for each in result])

    names = " ".join(f"p{at}" for at in range(width))
    return Leaf(Signature("leaf", ports(inputs), ports(names)), outcome, draw(st.integers(0, 9)))


@st.composite
def reads(draw: st.DrawFn, slots: int, *, optional: bool) -> Source:
    """Something that feeds a port: one of the first slots, a constant, nothing if that may be."""
    kinds = ["slot"] * 6 * bool(slots) + ["constant"] + ["nothing"] * optional
    kind = draw(st.sampled_from(kinds))
    if kind == "nothing":
        return None
    if kind == "constant":
        return Constant(draw(values))
    crossing = draw(crossings)
    default = draw(st.one_of([st.just(EMPTY)] * 4 + [_fitting(crossing.get("target"))]))
    slot = draw(st.integers(0, slots - 1))
    return Read(slot, default=default, optional=optional, label=f"slot {slot}", **crossing)


def _fitting(target: wit.Type | None) -> st.SearchStrategy[Any]:
    """A default as a checked manifest has it: one that fits, unless a message makes it not fit."""
    known: dict[wit.Type, st.SearchStrategy[Any]] = {
        wit.U8: st.just(0),
        wit.STRING: st.just("$ERROR"),
    }
    return defaults if target is None or target == wit.ANY else known[target]


def _used(sources: list[Source]) -> set[int]:
    return {source.slot for source in sources if isinstance(source, Read)}


def _node(
    at: int,
    part: Leaf | Flow,
    draft: tuple[list[Source], int, Retry | None],
    owners: list[int | None],
    used: set[int],
) -> Node:
    sources, first, retry = draft
    error_slot = first + len(part.signature.outputs)
    before = {owners[slot] for slot in _used(sources)}
    return Node(
        name=f"n{at}",
        namespace="test",
        component=part.signature.name,
        use=Use(),
        signature=part.signature,
        inputs=tuple(sources),
        outputs=first,
        read=tuple(slot in used for slot in range(first, error_slot)),
        error=error_slot if error_slot in used else None,
        after=tuple(sorted(each for each in before if each is not None)),
        group=at,
        retry=retry,
    )
