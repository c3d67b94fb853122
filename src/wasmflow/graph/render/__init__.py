"""A graph for people and programs: drawn in a terminal, as Mermaid, DOT or SVG, or as JSON.

`wasmflow graph` calls `render`. What a drawing shows is in `scene`, where boxes go in `layout`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wasmflow.graph.graph import Graph
from wasmflow.graph.render.dot import render_dot
from wasmflow.graph.render.json import render_json
from wasmflow.graph.render.mermaid import render_mermaid
from wasmflow.graph.render.svg import render_svg
from wasmflow.graph.render.text import render_text


@dataclass(frozen=True, slots=True)
class Page:
    """What a drawing in text may use."""

    columns: int = 80
    ascii_only: bool = False
    colour: bool = False


def _text(graph: Graph, page: Page) -> str:
    return render_text(graph, page.columns, ascii_only=page.ascii_only, colour=page.colour)


_FORMATS: Final[dict[str, Callable[[Graph, Page], str]]] = {
    "text": _text,
    "mermaid": lambda graph, _page: render_mermaid(graph),
    "dot": lambda graph, _page: render_dot(graph),
    "svg": lambda graph, _page: render_svg(graph),
    "json": lambda graph, _page: render_json(graph),
}
#: The names of all formats, that for a terminal first.
FORMATS: Final = tuple(_FORMATS)


def render(graph: Graph, format: str = "text", page: Page | None = None) -> str:
    """The graph in one of `FORMATS`, ending in a line break. Only ``text`` looks at the page."""
    return _FORMATS[format](graph, page or Page())
