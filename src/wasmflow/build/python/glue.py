"""The Python that connects an author's functions and classes to the bindings: generated, and fit to be read.

It stands beside `wasmflow_guest` and the author's modules; `build --keep` shows it.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from wasmflow.build.python.classes import module_variable
from wasmflow.build.python.functions import Function
from wasmflow.build.python.interface import Interface
from wasmflow.build.python.labels import camel, snake
from wasmflow.build.python.program import Program
from wasmflow.build.python.signatures import Parameter
from wasmflow.build.python.source import Source
from wasmflow.build.python.streaming import Maker, Method, Streaming

#: The name of the module that the toolchain is given, and of the one that it makes.
GLUE: Final = "wasmflow_glue"
WORLD_MODULE: Final = "wasmflow_world"
#: The name of our interface in the bindings, for no name of the author to clash with.
EXPORTS: Final = "wasmflow_exports"

_GUEST: Final = Path(__file__).with_name("guest")
#: The names that the glue may use of each module of the guest package.
_NAMES: Final = {
    "calls": "Default Keyword NullableDefault export refuse_with",
    "streams": (
        "NamedStream Stream async_source method reducer source stateful transducer wrapped"
    ),
    "codecs": (
        "Absent BOOL BYTEARRAY BYTES CHAR F32 F64 MEMORYVIEW S16 S32 S64 S8 STRING U16 U32 U64 U8"
        " choice flags iterated list_of mapping_of option record sequence_of small_integers"
        " tuple_of typed_dict union"
    ),
    "texts": "DATE DATETIME DECIMAL PATH TIME UUID_TEXT json_value",
}
_WIDTH: Final = 100


#: The bindings look for the classes of resources in a module that is called like the interface.
_RESOURCES: Final = f"""\
\"\"\"The classes of the resources, by the names that the bindings have for them.\"\"\"

import {GLUE}

vars().update({GLUE}.resources)
"""


def guest_files() -> dict[str, bytes]:
    """The files that are the same for every source, by their names beside the glue."""
    package = {f"wasmflow_guest/{path.name}": path.read_bytes() for path in _GUEST.glob("*.py")}
    return {f"{EXPORTS}.py": _RESOURCES.encode(), **dict(sorted(package.items()))}


def write_glue(program: Program, interface: Interface) -> str:
    """The text of the glue."""
    codecs = [_assignment(each.variable, each.codec) for each in interface.declarations]
    functions = {_method(each): _export(program, each) for each in interface.functions}
    resources = {camel(each.label): _resource(program, each) for each in interface.streaming}
    class_ = camel(EXPORTS.replace("_", "-"))
    exception = camel(interface.exception.name or "")
    tables = [
        f"refuse_with(wit.{exception})",
        "",
        *_table("functions", functions),
        *_table("resources", resources),
        f'{class_} = type("{class_}", (), functions)',
    ]
    body = "\n".join([*codecs, *([""] if codecs else []), *tables])
    main = program.main
    parts = [
        f'"""Connects {main.path.name} to its interface. Made by `wasmflow build`: not to be edited."""',
        "",
        "from wasmflow_guest import modules, randomness",
        *(_import(module, body) for module in _NAMES if _used(module, body)),
        "",
        *_loading(program, body),
        "",
        f"from {WORLD_MODULE}.exports import {EXPORTS} as wit",
        "",
        body,
        "",
    ]
    return "\n".join(parts)


def _loading(program: Program, body: str) -> list[str]:
    """What makes the modules of the author and all that they need."""
    used = [
        source
        for source in program.sources()
        if source is program.main or f"{module_variable(source)}." in body
    ]
    others = {*program.late, *program.modules} - {source.name for source in used}
    return [
        f"modules.start(packages={bool(program.site)})",
        *(f"{module_variable(each)} = modules.load({_loaded(program, each)})" for each in used),
        _wrapped("modules.finish(", map(_quoted, sorted(others))),
        "randomness.prepare()",
    ]


def _loaded(program: Program, source: Source) -> str:
    """How to load a module; one that cannot be found by its name is loaded from its file."""
    if source is not program.main or program.importable:
        return _quoted(source.name)
    return f"{_quoted(source.name)}, {_quoted(source.path.name)}"


def _export(program: Program, function: Function) -> str:
    arguments = [
        f"{module_variable(program.main)}.{function.name}",
        function.result.codec if function.result else "None",
        *(f"{each.name}={_parameter(each)}" for each in function.parameters),
    ]
    return f"export({', '.join(arguments)})"


def _resource(program: Program, streaming: Streaming) -> str:
    given = [f"{module_variable(program.main)}.{streaming.name}"]
    if streaming.maker is Maker.CLASS:
        given += map(_described, streaming.methods)
    else:
        given.append(streaming.codec or "None")
    given += [f"{each.name}={_parameter(each)}" for each in streaming.parameters]
    return f"{streaming.maker.value}({', '.join(given)})"


def _described(method: Method) -> str:
    taken = (f"{each.name}={_parameter(each)}" for each in method.parameters)
    return f"method({', '.join([_quoted(method.name), method.codec or 'None', *taken])})"


def _parameter(parameter: Parameter) -> str:
    marker = parameter.given.value
    return f"{marker}({parameter.guest.codec})" if marker else parameter.guest.codec


def _method(function: Function) -> str:
    """The name under which the bindings look for a function."""
    name = snake(function.label)
    return f"{name}_" if keyword.iskeyword(name) else name


def _used(module: str, body: str) -> list[str]:
    words = set(re.findall(r"\w+", body))
    return [name for name in _NAMES[module].split() if name in words]


def _import(module: str, body: str) -> str:
    head = f"from wasmflow_guest.{module} import "
    line = head + ", ".join(_used(module, body))
    return line if len(line) <= _WIDTH else _wrapped(f"{head}(", _used(module, body))


def _assignment(name: str, call: str) -> str:
    """A line, or as many as there are arguments if it would be long."""
    opening, _, arguments = f"{name} = {call}".partition("(")
    return _wrapped(f"{opening}(", _split(arguments[:-1]))


def _table(name: str, entries: Mapping[str, str]) -> list[str]:
    """A dictionary by name: as names of their own, some would hide what the others are made of."""
    if not entries:
        return [f"{name} = {{}}"]
    lines = [_indented(_entry(key, call)) for key, call in entries.items()]
    return [f"{name} = {{", *lines, "}"]


def _entry(key: str, call: str) -> str:
    opening, _, arguments = call.partition("(")
    return f"{_wrapped(f'{_quoted(key)}: {opening}(', _split(arguments[:-1]), _WIDTH - 5)},"


def _wrapped(opening: str, parts: Iterable[str], width: int = _WIDTH) -> str:
    parts = list(parts)
    line = f"{opening}{', '.join(parts)})"
    if len(line) <= width:
        return line
    return "\n".join([opening, *(f"    {part}," for part in parts), ")"])


def _split(arguments: str) -> list[str]:
    """Arguments at the commas that stand in no bracket and in no quotes."""
    call = f"f({arguments})"
    tree = ast.parse(call, mode="eval").body
    assert isinstance(tree, ast.Call)  # noqa: S101  # as it was written
    parts = [*tree.args, *tree.keywords]
    return [ast.get_source_segment(call, each) or "" for each in parts]


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _quoted(text: str) -> str:
    return f'"{text}"'
