"""A graph in the language of Mermaid, which GitHub and many wikis draw."""

from __future__ import annotations

from wasmflow.graph.graph import Graph
from wasmflow.graph.render.scene import Box, Edge, Kind, Scene, Side, compose
from wasmflow.graph.render.spelling import respelt

_SHAPES = {Kind.INPUT: ("([", "])"), Kind.NODE: ("[", "]"), Kind.OUTPUT: ("([", "])")}


def render_mermaid(graph: Graph) -> str:
    """A flowchart from left to right; whatever names and constants hold, it is one."""
    scene = respelt(compose(graph))
    lines = ["flowchart LR", f"accTitle: {_quoted(scene.title)}"]
    for number, box in enumerate(scene.boxes):
        opening, closing = _SHAPES[box.kind]
        lines.append(f'b{number}{opening}"{_label(box)}"{closing}')
    for edge in scene.edges:
        arrow = "-.->" if edge.failures else "==>" if edge.stream else "-->"
        text = _quoted(edge_text(scene, edge))
        lines.append(f'b{edge.source.box} {arrow}|"{text}"| b{edge.target.box}')
    failures = [str(number) for number, edge in enumerate(scene.edges) if edge.failures]
    if failures:
        lines.append(f"linkStyle {','.join(failures)} stroke:#c0392b")
    return "\n    ".join(lines) + "\n"


def edge_text(scene: Scene, edge: Edge) -> str:
    """What an edge says where boxes have no rows: from which port to which, and the type."""
    source, target = scene.boxes[edge.source.box], scene.boxes[edge.target.box]
    left, right = source.rows[edge.source.row], target.rows[edge.target.row]
    if target.kind is Kind.OUTPUT:
        return left.name
    note = f" {right.note}" if right.note else ""
    if source.kind is Kind.INPUT and left.name.rstrip("?") == source.title:
        return f"{right.name}: {right.type}{note}"
    return f"{left.name} → {right.name}: {right.type}{note}"


def _label(box: Box) -> str:
    if box.kind is not Kind.NODE:
        return _quoted(box.rows[0].text if len(box.rows) == 1 else box.title)
    inside = [_quoted(row.text) for row in box.rows if row.side is Side.INSIDE]
    return "<br>".join([f"<b>{_quoted(box.title)}</b>", _quoted(box.subtitle), *inside])


def _quoted(text: str) -> str:
    """Text as a label can hold it: everything but letters, digits and harmless signs is a number."""
    return "".join(
        character if character.isalnum() or character in " _-.,:=/()?→…" else f"#{ord(character)};"
        for character in text
    )
