"""One flow in two steps: its names are read once, its types are resolved for each use of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wasmflow.component import Signature, Use
from wasmflow.graph.checks import check_flow
from wasmflow.graph.draft import Draft
from wasmflow.graph.infer import infer_inputs
from wasmflow.graph.instances import Directory, Site
from wasmflow.graph.order import in_order, loops
from wasmflow.graph.resolve import Question, resolve_flow
from wasmflow.graph.short_form import find_instances, read_short_form
from wasmflow.graph.steps import find_steps
from wasmflow.graph.uses import asked_outputs, sketch
from wasmflow.manifest import model
from wasmflow.manifest.model import Role
from wasmflow.naming import Hints, canonical
from wasmflow.problem import Problem


@dataclass(frozen=True)
class Reading:
    """A flow whose names are read."""

    question: Question
    #: What is known of the ports of each instance without types.
    sketches: tuple[Signature, ...]
    #: The instances, each after those that feed it.
    order: tuple[int, ...]
    problems: tuple[Problem, ...]


def read_flow(flow: model.Component, directory: Directory, hints: Hints) -> Reading:
    """Find the instances of a flow, and the ports that its connections mean."""
    sites, problems = find_sites(flow, directory)
    wiring = read_short_form(flow, sites, hints)
    asked = asked_outputs(flow)
    sketches = tuple(
        sketch(site, wiring.receivers[i], asked.get(canonical(site.instance.name), ()))
        for i, site in enumerate(sites)
    )
    before = _before(flow)
    problems += [*wiring.problems, *(_circle(flow, loop) for loop in loops(before))]
    question = Question(flow, sites, wiring, (), asked)
    return Reading(question, sketches, tuple(in_order(before)), tuple(problems))


def find_sites(
    flow: model.Component, directory: Directory
) -> tuple[tuple[Site, ...], list[Problem]]:
    """The components of the instances of a flow, and what is wrong with their names."""
    found = [directory.find(instance) for instance in flow.instances.values()]
    problems = [each for each in found if isinstance(each, Problem)]
    instances = zip(flow.instances.values(), found, strict=True)
    sites = tuple(
        Site(instance) if isinstance(each, Problem) else each for instance, each in instances
    )
    return sites, problems


def resolve_reading(reading: Reading, use: Use | None, hints: Hints) -> tuple[Draft, list[Problem]]:
    """The flow in a use of it, or in none in particular; with what is wrong besides its names."""
    question = reading.question
    inputs, problems = infer_inputs(question.flow, question.wiring, reading.sketches, use)
    draft, unresolved = resolve_flow(replace(question, inputs=inputs), reading.order, hints)
    draft, unsettled = find_steps(draft, reading.order)
    return draft, [*problems, *unresolved, *unsettled, *check_flow(draft)]


def _before(flow: model.Component) -> list[set[int]]:
    """For each instance, those that feed it."""
    instances = find_instances(flow)
    before: list[set[int]] = [set() for _ in flow.instances]
    for connection in flow.connections:
        ends = (connection.source, connection.target)
        if all(end.role is Role.INSTANCE for end in ends):
            source, target = (instances.get(canonical(end.instance)) for end in ends)
            if source is not None and target is not None:
                before[target].add(source)
    return before


def _circle(flow: model.Component, loop: list[int]) -> Problem:
    """`loop` holds instances of which each feeds the next, and the last the first."""
    names = list(flow.instances)
    around = [names[i] for i in (*loop, loop[0])]
    first = next(
        each
        for each in flow.connections
        if canonical(each.source.instance) == canonical(around[0])
        and canonical(each.target.instance) == canonical(around[1])
    )
    chain = " -> ".join(around)
    message = f"these connections go in a circle: {chain}"
    return Problem(message, "a packet cannot come back to where it was", first.source.place)
