"""A graph for a terminal: from left to right if that fits, else from top to bottom."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from wasmflow.graph.graph import Graph
from wasmflow.graph.render.across import draw_across
from wasmflow.graph.render.canvas import Canvas, Style
from wasmflow.graph.render.down import draw_down
from wasmflow.graph.render.scene import Kind, Scene, compose
from wasmflow.graph.render.spelling import narrowed, respelt, width

#: From this many instances on, lines from left to right are no longer easy to follow.
MANY = 40
#: The longest row if there is room for it, if that makes boxes fit beside each other, and if there is
#: hardly any.
LONGEST, LONG, SHORTER, SHORTEST = 72, 36, 26, 20


def render_text(
    graph: Graph, columns: int = 80, *, ascii_only: bool = False, colour: bool = False
) -> str:
    """The graph in `columns` columns; in more if its names are very long or its lines very many."""
    scene = compose(graph)
    drawing = _draw(partial(_fitted, scene, ascii_only=ascii_only), columns)
    head = _head(respelt(scene, ascii_only=ascii_only), columns)
    pages = [page.show(ascii_only=ascii_only, colour=colour) for page in (head, drawing)]
    return "\n".join(page for page in pages if page)


def _fitted(scene: Scene, longest: int, *, ascii_only: bool) -> Scene:
    return respelt(narrowed(scene, longest), ascii_only=ascii_only)


def _draw(fitted: Callable[[int], Scene], columns: int) -> Canvas:
    """The nicest drawing that fits. `fitted` gives the scene with rows of a length at most."""
    whole = fitted(LONGEST)
    nodes = sum(box.kind is Kind.NODE for box in whole.boxes)
    for attempt in _attempts(fitted) if nodes < MANY else ():
        canvas = Canvas()
        if draw_across(attempt, canvas) <= columns:
            return canvas
    canvas = Canvas()
    spare = columns - draw_down(whole, canvas)
    if spare < 0:
        canvas = Canvas()
        draw_down(fitted(max(_longest(whole) + spare, SHORTEST)), canvas)
    return canvas


def _attempts(fitted: Callable[[int], Scene]) -> Iterator[Scene]:
    """What may be drawn from left to right, the nicest first."""
    whole, cut = fitted(LONGEST), fitted(LONG)
    for scene in (whole, cut) if cut != whole else (whole,):
        yield scene
        yield _without_types(scene)
    yield _without_types(fitted(SHORTER))


def _longest(scene: Scene) -> int:
    return max((width(row.text) for box in scene.boxes for row in box.rows), default=0)


def _without_types(scene: Scene) -> Scene:
    """The scene with the types of the flow's own ports left to the head."""
    return replace(
        scene,
        boxes=tuple(
            box
            if box.kind is Kind.NODE
            else replace(box, rows=tuple(replace(row, type="") for row in box.rows))
            for box in scene.boxes
        ),
    )


def _head(scene: Scene, columns: int) -> Canvas:
    """What the flow takes, gives and is."""
    canvas = Canvas()
    lines = textwrap.wrap(scene.title, max(columns, SHORTEST), subsequent_indent="    ")
    for row, line in enumerate(lines):
        canvas.write(row, 0, line, Style.TITLE)
    described = textwrap.wrap(scene.description, max(columns, SHORTEST))
    for row, line in enumerate(described, len(lines)):
        canvas.write(row, 0, line, Style.FAINT)
    return canvas
