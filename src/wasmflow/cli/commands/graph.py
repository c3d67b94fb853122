"""`wasmflow graph`: a flow, drawn for people or written for programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from wasmflow.cli import options
from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import out, put
from wasmflow.cli.session import chosen, with_host
from wasmflow.errors import UsageError

if TYPE_CHECKING:
    from wasmflow.host.host import Host

#: As `wasmflow.graph.render.FORMATS`, which is not imported for the sake of quick help.
FORMATS = ("text", "mermaid", "dot", "svg", "json")


@command(
    "wasmflow graph examples/01-hello/salutations.yaml hello",
    "wasmflow graph examples/03-describe/describe.yaml --format mermaid",
    "wasmflow graph examples/03-describe/describe.yaml --format svg > describe.svg",
)
@options.artifact
@options.component("may be left out if there is only one")
@click.option(
    "-f",
    "--format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How to draw it: in the terminal, for other tools, or for programs (json).",
)
@options.quiet
def graph(artifact: str, component: str | None, format: str, quiet: bool) -> Exit:
    """Draw a flow.

    Shows the instances of a flow with their ports, and the connections between them.
    """
    put(with_host(artifact, partial(_draw, component, format), quiet=quiet))
    return Exit.FINE


async def _draw(component: str | None, format: str, host: Host) -> str:
    from wasmflow.collections.flow import FlowCollection
    from wasmflow.graph.render import Page, render
    from wasmflow.host.host import edge_use

    collection = host.collection
    name = chosen(host, component)
    if not isinstance(collection, FlowCollection):
        raise UsageError(
            f"'{name}' is a component of its own; only the flows of a manifest can be drawn"
        )
    terminal = out()
    page = Page(terminal.width, ascii_only=not terminal.unicode, colour=terminal.colour)
    return render(collection.graph(name, edge_use(collection.definitions[name])), format, page)
