"""The defaults of parameters as JSON, as far as they can be told without running the source.

They are for people: `inspect` shows them. In the component the default is Python's own.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.labels import label, text_label
from wasmflow.build.python.names import Local
from wasmflow.build.python.source import Source
from wasmflow.packet import EMPTY, Empty
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, encoder

#: Names that stand for other names; as many are followed.
_LONGEST_CHAIN: Final = 10


def default_json(
    annotations: Annotations, source: Source, node: ast.expr, type_: wit.Type
) -> wit.Json | Empty:
    """What a default is in the JSON of its type; `EMPTY` if that cannot be told."""
    try:
        value = _value(annotations, source, node, _LONGEST_CHAIN)
        json = encoder(type_)(_crossing(value, type_))
        decoder(type_)(json)
    except (ValueError, TypeError, wit.Misfit, AttributeError, KeyError, RecursionError):
        return EMPTY
    return json


def _value(annotations: Annotations, source: Source, node: ast.expr, left: int) -> Any:
    """The value of an expression. Raises `ValueError` if only Python could tell."""
    if isinstance(node, ast.Attribute):  # a member of an Enum, or a constant of another module
        owner = annotations.meaning(source, node.value)
        if isinstance(owner, Local) and isinstance(owner.node, ast.ClassDef):
            return label(node.attr)
    if isinstance(node, ast.Name | ast.Attribute):
        found = annotations.meaning(source, node)
        if isinstance(found, Local) and isinstance(found.node, ast.expr) and left:
            return _value(annotations, found.source, found.node, left - 1)
    return ast.literal_eval(node)


def _crossing(value: Any, type_: wit.Type) -> Any:
    """A Python value as the value of a type."""
    match type_:
        case wit.Option(payload):
            return None if value is None else _crossing(value, payload)
        case wit.Enum():
            return text_label(value)
        case wit.BYTES:
            return bytes(value)
        case wit.List(wit.Tuple((key, item))) if isinstance(value, dict):
            return [(_crossing(k, key), _crossing(v, item)) for k, v in value.items()]
        case wit.List(element):
            return [_crossing(each, element) for each in value]
        case wit.Tuple(elements):
            return tuple(map(_crossing, value, elements))
        case wit.F32 | wit.F64:
            return float(value)
    return value
