"""Runs the generated glue on the host, with the bindings that the toolchain makes for it.

What a component adds is a runtime that makes the values of the bindings; here `to_bindings` does.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from wasmflow.build.building import Draft
from wasmflow.build.output import write_files
from wasmflow.build.python.glue import EXPORTS, GLUE, WORLD_MODULE
from wasmflow.build.python.labels import camel
from wasmflow.types import model as wit


@contextmanager
def hosted(draft: Draft, folder: Path, site: Path) -> Iterator[Any]:
    """The module of the glue of a draft that was made with a folder of packages."""
    write_files(folder, draft.files)
    _make_bindings(draft, folder)
    known, path = set(sys.modules), list(sys.path)
    parts = [folder / part for part in ("glue", "glue/source", "bindings")]
    sys.path[:0] = map(str, [*parts, site])
    try:
        _without_a_sandbox()
        yield importlib.import_module(GLUE)
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - known:
            del sys.modules[name]


def _make_bindings(draft: Draft, folder: Path) -> None:
    tool = Path(sysconfig.get_path("scripts"), "componentize-py")
    names = [*("--world", "component", "--world-module", WORLD_MODULE)]
    names += ["--export-interface-name", f"{draft.interfaces[0]}={EXPORTS}"]
    files = ["--wit-path", str(folder / "wit")]
    command = [str(tool), *files, *names, "bindings", str(folder / "bindings")]
    subprocess.run(command, check=True, capture_output=True)


def _without_a_sandbox() -> None:
    """The parts of the guest package that only a sandbox needs do nothing."""
    modules = importlib.import_module("wasmflow_guest.modules")
    vars(modules).update(start=lambda **_: None, finish=lambda *_: None, load=_load)
    vars(importlib.import_module("wasmflow_guest.randomness")).update(prepare=lambda: None)


def _load(name: str, file: str = "") -> Any:
    return importlib.import_module(name)


def to_bindings(glue: Any, type_: wit.Type | None, value: Any) -> Any:
    """A value as the runtime of componentize-py makes it."""
    match type_:
        case wit.Anything():
            return glue.wit.Any(json.dumps(value))
        case wit.List(wit.S8):
            return bytes(each & 0xFF for each in value)
        case wit.List(element) if element is not wit.U8:
            return [to_bindings(glue, element, each) for each in value]
        case wit.Tuple(elements):
            return tuple(to_bindings(glue, *pair) for pair in zip(elements, value, strict=True))
        case wit.Option(payload):
            return None if value is None else to_bindings(glue, payload, value)
        case wit.Record(parts):
            return _class(glue, type_)(
                *(to_bindings(glue, part.type, value[part.name]) for part in parts)
            )
        case wit.Variant(cases):
            index = [case.name for case in cases].index(value.name)
            made = get_args(_class(glue, type_))[index]
            return made(to_bindings(glue, cases[index].type, value.payload))
        case wit.Enum(names):
            return list(_class(glue, type_))[names.index(value)]
        case wit.Flags(names):
            members = zip(names, _class(glue, type_), strict=True)
            chosen = [member.value for name, member in members if name in value]
            return _class(glue, type_)(sum(chosen))
    return value


def from_bindings(glue: Any, type_: wit.Type | None, value: Any) -> Any:
    """A value as the runtime of componentize-py takes it."""
    match type_:
        case wit.Anything():
            return json.loads(value.json)
        case wit.List(wit.S8):
            return list(memoryview(value).cast("b"))
        case wit.List(element) if element is not wit.U8:
            assert type(value) is list
            return [from_bindings(glue, element, each) for each in value]
        case wit.Tuple(elements):
            assert type(value) is tuple
            return tuple(from_bindings(glue, *pair) for pair in zip(elements, value, strict=True))
        case wit.Option(payload):
            return None if value is None else from_bindings(glue, payload, value)
        case wit.Record(parts):
            assert type(value) is _class(glue, type_)
            inner = zip(parts, vars(value).values(), strict=True)
            return {part.name: from_bindings(glue, part.type, each) for part, each in inner}
        case wit.Variant(cases):
            index = get_args(_class(glue, type_)).index(type(value))
            return wit.Case(cases[index].name, from_bindings(glue, cases[index].type, value.value))
        case wit.Enum(names):
            return names[list(_class(glue, type_)).index(value)]
        case wit.Flags(names):
            members = zip(names, _class(glue, type_), strict=True)
            return frozenset(name for name, member in members if member in value)
    return value


def raised(error: Any) -> str:
    """The class and the message of what was raised."""
    return ": ".join(filter(None, (error.value.name, error.value.message)))


def _class(glue: Any, type_: wit.Record | wit.Variant | wit.Enum | wit.Flags) -> Any:
    assert type_.name is not None
    return getattr(glue.wit, camel(type_.name))
