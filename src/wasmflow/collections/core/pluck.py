"""`core::pluck`: a part of a value."""

from __future__ import annotations

import json
import re
from typing import Final

from wasmflow.collections.core.template import Act, CoreTemplate, calling, missing_constant
from wasmflow.component import Call, Outcome, Port, Signature, Use
from wasmflow.packet import Failure, Kind, Slot
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.path import Resolved, follow, resolve

_CONSTANTS = {
    "path": 'Where the part is: names and list indexes, as text (user."first name".0) or as a list.'
}
_NAME: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^."\s](?:[^."]*[^."\s])?')


def _signature(use: Use) -> Signature | list[Problem]:
    """Where the type is undetermined, so is that of the part."""
    if "path" not in use.constants:
        return [missing_constant("pluck", "path", "path: user.name")]
    names = path_names(use.constants["path"])
    if names is None:
        hint = 'write user."first name".0, or ["user", "first name", 0]'
        return [Problem("this is not a path", hint, port="path")]
    type_ = use.inputs.get("input")
    if type_ is None:
        return _with_types(None, None)
    found = resolve(type_, names)
    if isinstance(found, Problem):
        return [Problem(found.message, found.hint, port="path")]
    return _with_types(type_, found.type)


def _with_types(whole: wit.Type | None, part: wit.Type | None) -> Signature:
    return Signature(
        "pluck",
        (Port("input", whole, description="A value with parts."),),
        (Port("output", part, description="The part; nothing where the path leads into nothing."),),
        "Takes a part out of a value. A missing list element or key is an exception.",
    )


def path_names(path: wit.Json) -> tuple[str, ...] | None:
    """The names that a path consists of; ``None`` if it is none."""
    if isinstance(path, str):
        return _text_names(path)
    parts = path if isinstance(path, list) else [path]
    known = all(isinstance(part, str | int) and not isinstance(part, bool) for part in parts)
    return tuple(str(part) for part in parts) if parts and known else None


def _text_names(path: str) -> tuple[str, ...] | None:
    found: list[str] = _NAME.findall(path)
    if not found or ".".join(found) != path:
        return None
    try:
        return tuple(json.loads(name) if name.startswith('"') else name for name in found)
    except ValueError:  # an escape that JSON does not have
        return None


def _act(signature: Signature, use: Use) -> Act:
    found = resolve(signature.inputs[0].type or wit.ANY, path_names(use.constants["path"]) or ())
    steps = found.steps if isinstance(found, Resolved) else ()
    pick = follow(steps)

    def act(inputs: tuple[Slot, ...], _call: Call) -> Outcome:
        try:
            return (pick(inputs[0]),)
        except wit.Misfit as misfit:
            return Failure(Kind.EXCEPTION, str(misfit))

    return act


PLUCK = CoreTemplate(_with_types(None, None), _signature, calling(_act), _CONSTANTS)
