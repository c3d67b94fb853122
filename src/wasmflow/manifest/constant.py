"""What stands under `default`: JSON, of which text is JSON text and all else is itself."""

from __future__ import annotations

from wasmflow.manifest import tree
from wasmflow.manifest.syntax import quoted
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import Problem
from wasmflow.types.json import dumps, loads
from wasmflow.types.model import Json, Misfit


def read_default(node: tree.Node, problems: list[Problem]) -> Json | Empty:
    """The JSON value of a default; `EMPTY` after adding to `problems`."""
    value = tree.plain(node)
    if not isinstance(value, str):
        return value
    try:
        return loads(value)
    except Misfit as misfit:
        hint = f"a string has quotes of its own: {quoted(dumps(tree.excerpt(value)))}"
        problems.append(Problem(f"this default is {misfit}", hint, node.place))
        return EMPTY
