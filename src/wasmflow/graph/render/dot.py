"""A graph in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from wasmflow.graph.graph import Graph
from wasmflow.graph.render.scene import Box, Edge, Kind, Mark, Side, compose
from wasmflow.graph.render.spelling import respelt

_HEAD = """digraph {
    rankdir=LR
    node [shape=plain fontname="monospace" fontsize=11]
    edge [color="#777777" arrowsize=0.7]
"""
_LOOKS = {
    Mark.STREAM: "penwidth=2.5",
    Mark.CASE: "dir=both arrowtail=odiamond",
    Mark.FAILURES: 'color="#bb3333" style=dashed',
}
_ALIGN = {Side.LEFT: "left", Side.INSIDE: "left", Side.RIGHT: "right"}


def render_dot(graph: Graph) -> str:
    """A directed graph in which every port is a row of a table."""
    scene = respelt(compose(graph))
    lines = [f"b{number} [label=<{_table(box)}>]" for number, box in enumerate(scene.boxes)]
    lines += [_edge(edge) for edge in scene.edges]
    title = f"label=<{_quoted(scene.title)}> labelloc=t fontname=monospace fontsize=11"
    return _HEAD + "".join(f"    {line}\n" for line in (title, *lines)) + "}\n"


def _edge(edge: Edge) -> str:
    ends = f"b{edge.source.box}:r{edge.source.row}:e -> b{edge.target.box}:r{edge.target.row}:w"
    looks = " ".join(look for mark, look in _LOOKS.items() if mark in edge.marks)
    return f"{ends} [{looks}]" if looks else ends


def _table(box: Box) -> str:
    rounded = ' style="rounded"' if box.kind is not Kind.NODE else ""
    rows = "".join(_rows(box))
    return (
        f'<table border="1" cellborder="0" cellspacing="0" cellpadding="4"{rounded}>{rows}</table>'
    )


def _rows(box: Box) -> Iterator[str]:
    if box.kind is Kind.NODE:
        yield f"<tr><td><b>{_quoted(box.title)}</b></td></tr>"
        yield f"<tr><td>{_quoted(box.subtitle)}</td></tr>"
    for number, row in enumerate(box.rows):
        rule = "<hr/>" if number == 0 and box.kind is Kind.NODE else ""
        yield f'{rule}<tr><td port="r{number}" align="{_ALIGN[row.side]}">{_quoted(row.text)}</td></tr>'


def _quoted(text: str) -> str:
    """Text as Graphviz' labels can hold it: whatever could be markup is a number."""
    return "".join(
        character if character.isalnum() or character in " _-.,:=/()?" else f"&#{ord(character)};"
        for character in text
    )
