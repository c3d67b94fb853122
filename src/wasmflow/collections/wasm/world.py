"""The WIT of an artifact, as `inspect --wit` prints it: what it imports and exports, with descriptions.

A binary holds less than the text it was made from: types are written where they are used, and what
cannot run stands there as a comment with the reason. Of a resource there is what makes it a component.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from wasmflow.collections.wasm.names import Label
from wasmflow.collections.wasm.resources import Method
from wasmflow.collections.wasm.signature import Export, Exports, StreamExport
from wasmflow.component import Import
from wasmflow.types import model as wit
from wasmflow.types.wit import Function, Resource, documented, format_interface, identifier

#: A function in the text of an interface, where it is a line of its own.
_FUNCTION: Final = re.compile(r"^    (?=%?[a-zA-Z0-9-]+: func\()", re.MULTILINE)

#: A resource there, with all of its lines.
_RESOURCE: Final = re.compile(r"^    resource .*?^    }$", re.MULTILINE | re.DOTALL)


def format_world(exports: Exports, imports: Iterable[Import], docs: str = "") -> str:
    """The world of an artifact, then the packages of the interfaces that it exports."""
    interfaces = list(dict.fromkeys(label.interface for label in _labels(exports)))
    plain = [each for each in interfaces if each is not None and "/" not in each]
    packaged = [each for each in interfaces if each is not None and "/" in each]
    lines = [f"    import {_spelled(each.name)};\n" for each in imports]
    lines += [f"    export {_spelled(each)};\n" for each in packaged]
    blocks = ["".join(lines)] if lines else []
    blocks += [_inline(name, exports) for name in plain]
    blocks += [_root(exports)] if None in interfaces else []
    head = "".join(f"{line}\n" for line in documented(docs, ["world root {"]))
    world = f"package root:component;\n\n{head}" + "\n".join(blocks) + "}\n"
    return "\n".join([world, *_packages(packaged, exports)])


def _labels(exports: Exports) -> Iterator[Label]:
    yield from exports.components.by_label
    yield from exports.refused.by_label


def _packages(interfaces: list[str], exports: Exports) -> Iterator[str]:
    """The interfaces as `namespace:package/interface@version` groups them."""
    for package, members in groupby(sorted(interfaces, key=_package), key=_package):
        blocks = [_interface(each, _short(each), exports) for each in members]
        yield f"package {_spelled(package)} {{\n" + "\n".join(map(_indented, blocks)) + "}\n"


def _package(interface: str) -> str:
    name, at, version = interface.partition("@")
    return name.rpartition("/")[0] + at + version


def _spelled(path: str) -> str:
    """The name of a package or interface as it is written, where keywords are marked."""
    name, at, version = path.partition("@")
    return re.sub(r"[^:/]+", lambda each: identifier(each[0]), name) + at + version


def _short(interface: str) -> str:
    return interface.partition("@")[0].rpartition("/")[2]


def _interface(interface: str | None, name: str, exports: Exports) -> str:
    """An interface as text; the root is one, too, until it is written into the world."""
    members = [
        _member(export)
        for label, export in exports.components.by_label.items()
        if label.interface == interface
    ]
    text = format_interface(name, members)
    reasons = [
        f"    // {label.name}: {reason}\n"
        for label, reason in exports.refused.by_label.items()
        if label.interface == interface
    ]
    return text.removesuffix("}\n") + "".join(reasons) + "}\n"


def _member(export: Export | StreamExport) -> Function | Resource:
    docs = export.signature.description
    if isinstance(export, Export):
        return Function(export.function, export.parameters, export.result, docs)
    shape, failure = export.shape, export.shape.constructor.result
    methods = [each for each in (shape.push, shape.finish, shape.next) if each is not None]
    return Resource(
        export.resource,
        shape.constructor.parameters,
        tuple(map(_method, methods)),
        docs,
        failure.err if isinstance(failure, wit.Result) else None,
    )


def _method(method: Method) -> Function:
    return Function(method.function.partition(".")[2], method.parameters, method.result)


def _inline(name: str, exports: Exports) -> str:
    text = _interface(name, name, exports)
    return _indented(f"export {identifier(name)}: interface {{{text.partition('{')[2]}")


def _root(exports: Exports) -> str:
    """What WIT has no words for is a comment: a world cannot export a resource of its own."""
    inside = _interface(None, "root", exports).partition("{\n")[2].removesuffix("}\n")
    exported = _FUNCTION.sub("    export ", inside)
    return _RESOURCE.sub(lambda each: re.sub("^    ", "    // ", each[0], flags=re.M), exported)


def _indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(True))
