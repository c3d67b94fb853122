"""Which flows of a manifest use which: the order in which they can be understood."""

from __future__ import annotations

from wasmflow.graph.graph import SELF
from wasmflow.graph.order import in_order, loops
from wasmflow.manifest.model import Component, Instance, Manifest
from wasmflow.naming import canonical
from wasmflow.problem import Problem

#: How many flows may be inside each other. Each costs a transaction some of Python's stack.
DEEPEST = 50


def flow_order(manifest: Manifest) -> tuple[list[str], list[Problem]]:
    """The names of the flows, each after those it uses; and the circles in which some use each other."""
    flows = list(manifest.components.values())
    names = {canonical(flow.name): i for i, flow in reversed(list(enumerate(flows)))}
    used = [
        {
            names[canonical(instance.component)]: instance
            for instance in flow.instances.values()
            if canonical(instance.namespace) == SELF and canonical(instance.component) in names
        }
        for flow in flows
    ]
    circles = loops([list(each) for each in used])
    problems = [_circle(flows, used, loop[::-1]) for loop in circles]
    order = in_order([list(each) for each in used])
    problems += [] if circles else _too_deep(flows, used, order)
    keys = list(manifest.components)
    return [keys[i] for i in order], problems


def _circle(flows: list[Component], used: list[dict[int, Instance]], loop: list[int]) -> Problem:
    """`loop` holds flows of which each uses the next, and the last the first."""
    start = loop.index(min(loop))
    loop = loop[start:] + loop[:start]
    names = " -> ".join(f"'{flows[i].name}'" for i in (*loop, loop[0]))
    place = used[loop[0]][loop[(1) % len(loop)]].place
    if len(loop) == 1:
        return Problem(
            f"flow '{flows[loop[0]].name}' uses itself", "flows cannot be recursive", place
        )
    message = f"these flows use each other in a circle: {names}"
    return Problem(message, "flows cannot be recursive", place)


def _too_deep(
    flows: list[Component], used: list[dict[int, Instance]], order: list[int]
) -> list[Problem]:
    """The first flow that has more flows inside each other than can be run."""
    depth = [1] * len(flows)
    for i in order:
        depth[i] = 1 + max((depth[inner] for inner in used[i]), default=0)
        if depth[i] > DEEPEST:
            message = f"flow '{flows[i].name}' has more than {DEEPEST} flows inside each other"
            return [Problem(message, "", flows[i].place)]
    return []
