"""Where an async function reads its stream as if that were all there: `for`, `list`, and the like.

`stream_functions` tells of it: inside a component it would fail at the first packet.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, TypeGuard

from wasmflow.build.python.authored import FunctionNode
from wasmflow.build.python.signatures import inside

#: Functions of Python, and methods of its types, that iterate over what they are given.
_FUNCTIONS: Final = frozenset(
    {"all", "any", "dict", "enumerate", "filter", "frozenset", "iter", "len", "list", "map", "max"}
    | {"min", "next", "reversed", "set", "sorted", "sum", "tuple", "zip"}
)
_METHODS: Final = frozenset({"extend", "join"})

_ASYNC_FOR: Final = "write 'async for'"


def unawaited(function: FunctionNode, stream: str) -> Iterator[tuple[ast.expr, str]]:
    """Where the stream of this name is read without waiting for it, each with a hint.

    A name that is given to anything else besides says nothing.
    """
    nodes = list(inside(function))
    if any(_names(node, stream) and not isinstance(node.ctx, ast.Load) for node in nodes):
        return
    for node in nodes:
        match node:
            case ast.For(iter=given) | ast.comprehension(iter=given, is_async=0):
                hint = _ASYNC_FOR
            case ast.Starred(value=given):
                hint = _all(stream)
            case ast.Call(func=ast.Name(id=name)) if name in _FUNCTIONS:
                given = next((each for each in node.args if _names(each, stream)), node)
                hint = _all(stream) if name == "list" else _ASYNC_FOR
            case ast.Call(func=ast.Attribute(attr=name), args=[given]) if name in _METHODS:
                hint = _all(stream)
            case _:
                continue
        if _names(given, stream):
            yield given, hint


def _names(node: ast.AST, name: str) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == name


def _all(stream: str) -> str:
    return f"write [each async for each in {stream}]"
