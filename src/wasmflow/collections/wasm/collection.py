"""A WebAssembly artifact as a collection: any component binary, ours or a stranger's.

Opening one reads the file, takes compiled code from the cache or compiles it, checks what it imports,
and reads its signatures. What is wrong is reported in one go. Nothing of the guest runs before its
first call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from wasmtime.component import Component, ExportIndex

from wasmflow.collections.opening import Opening
from wasmflow.collections.wasm.binary import Binary, read_binary
from wasmflow.collections.wasm.component import WasmComponent
from wasmflow.collections.wasm.imports import read_imports
from wasmflow.collections.wasm.loading import Loaded, load
from wasmflow.collections.wasm.marshal import (
    Marshaller,
    compile_constructor,
    compile_marshaller,
    compile_method,
)
from wasmflow.collections.wasm.resources import Method
from wasmflow.collections.wasm.runtime import Runtime, process_runtime
from wasmflow.collections.wasm.section import Metadata, read_metadata
from wasmflow.collections.wasm.session import Methods, Sessions, WasmStreamer
from wasmflow.collections.wasm.shelf import Shelf
from wasmflow.collections.wasm.signature import Export, Exports, StreamExport, read_exports
from wasmflow.collections.wasm.store import Blueprint, Function, linking_problem
from wasmflow.collections.wasm.surroundings import NO_WORLD, World
from wasmflow.component import About, Import, Signature, Transaction, Use
from wasmflow.errors import ProblemsError, WorldError
from wasmflow.grants import NOTHING, Grants
from wasmflow.limits import MIB, Limits
from wasmflow.manifest.model import External
from wasmflow.problem import Place, Problem, in_order
from wasmflow.types.scalars import is_text


async def open_wasm(external: External, opening: Opening) -> WasmCollection:
    """Open an artifact.

    Raises `WorldError` if the file cannot be read, compiling fails or a granted variable holds no text,
    and `ProblemsError` if it is no component, or wants what nobody gives.
    """
    world = _world(opening)
    binary = await read_binary(Path(external.reference), external.reference)
    runtime = await asyncio.to_thread(process_runtime)
    loaded = await load(binary, runtime.engine, opening.cache, opening.progress)
    return await asyncio.to_thread(collect, binary, loaded, runtime, opening.limits, world)


def _world(opening: Opening) -> World:
    """What the guests see of what they are granted."""
    granted, values = opening.granted or NOTHING, opening.environment
    env = tuple((name, values[name]) for name in sorted(granted.env) if name in values)
    # What the system gives has been decoded so that no byte is lost.
    if odd := [ascii(name) for name, value in env if not is_text(name + value)]:
        raise WorldError(
            f"environment variables that are granted and hold no text in UTF-8: {', '.join(odd)}; set "
            "them to text, or do not grant them"
        )
    return World(granted, env)


def collect(
    binary: Binary, loaded: Loaded, runtime: Runtime, limits: Limits, world: World = NO_WORLD
) -> WasmCollection:
    """The collection of a component that is compiled, with all checks of what it wants.

    Raises `ProblemsError` if there is anything but warnings to say.
    """
    metadata, problems = read_metadata(binary.content)
    component = loaded.component
    engine, type_ = runtime.engine.wasmtime, component.type
    imports, missing = read_imports(type_, engine, world.granted)
    exports = read_exports(type_, engine, metadata)
    problems += missing + exports.problems
    if not missing and (mismatch := linking_problem(runtime, component, world.granted)):
        problems += (Problem(f"it cannot be linked: {mismatch}", _LINKING_HINT),)
    placed = [problem.at(Place(binary.name)) for problem in problems]
    if any(not problem.warning for problem in placed):
        raise ProblemsError(placed)
    blueprint = Blueprint(runtime, loaded, limits, bool(imports), world)
    about = _about(binary, metadata, limits, exports, imports, world.granted)
    return WasmCollection(blueprint, exports, about, tuple(in_order(placed)))


_LINKING_HINT: Final = "build it for WASI 0.2 as it was released"


def _about(
    binary: Binary,
    metadata: Metadata,
    limits: Limits,
    exports: Exports,
    imports: tuple[Import, ...],
    granted: Grants,
) -> About:
    facts = {
        "language": metadata.language,
        "built by": metadata.tool,
        "size": _size(len(binary.content)),
        "memory": f"{_size(limits.memory)} in each of at most {limits.memories} memories",
        "source": metadata.source,
    }
    known = {name: fact for name, fact in facts.items() if fact}

    def world() -> str:
        from wasmflow.collections.wasm.world import format_world

        return format_world(exports, imports, metadata.description)

    return About(
        "wasm",
        metadata.description,
        known,
        imports,
        origin=binary.name,
        digest=binary.sha256,
        granted=granted,
        limits=limits,
        wit=world,
    )


def _size(size: int) -> str:
    return f"{size / MIB:.1f} MiB" if size >= MIB else f"{size / 1024:.1f} KiB"


class WasmCollection:
    """The components of one artifact. Its stores belong to transactions, and end with these."""

    def __init__(
        self,
        blueprint: Blueprint,
        exports: Exports,
        about: About,
        warnings: tuple[Problem, ...] = (),
    ) -> None:
        self._blueprint = blueprint
        self._exports = exports
        self._about = about
        self.shelf = Shelf(blueprint.runtime.places)
        self.sessions = Sessions(blueprint.runtime.places)
        #: By name; an export with a default that is a list has no hash.
        self._components: dict[str, WasmComponent | WasmStreamer] = {}
        #: Problems that fail nothing.
        self.warnings = warnings

    @property
    def about(self) -> About:
        return self._about

    @property
    def definitions(self) -> Mapping[str, Signature]:
        return _Signatures(self._exports.components)

    @property
    def refused(self) -> Mapping[str, str]:
        return self._exports.refused

    def component(self, name: str, use: Use) -> WasmComponent | WasmStreamer:
        """As the contract says; the same component for every use."""
        export = self._exports.components[name]
        label = export.signature.name
        component = self._components.get(label)
        if component is None:
            component = self._components[label] = self._make(export)
        return component

    def _make(self, export: Export | StreamExport) -> WasmComponent | WasmStreamer:
        if isinstance(export, StreamExport):
            return self._make_streamer(export)
        marshaller = compile_marshaller(export.parameters, export.result)
        function = self._function(export.interface, export.function, marshaller)
        return WasmComponent(export.signature, function, self._blueprint, self.shelf)

    def _make_streamer(self, export: StreamExport) -> WasmStreamer:
        shape, interface = export.shape, export.interface
        constructor = shape.constructor
        marshaller = compile_constructor(constructor.parameters, constructor.result)
        methods = Methods(
            self._function(interface, constructor.function, marshaller),
            self._method(interface, shape.push, batches=shape.batches),
            self._method(interface, shape.finish),
            self._method(interface, shape.next),
            shape.batches,
        )
        return WasmStreamer(export.signature, methods, self._blueprint, self.sessions)

    def _method(
        self, interface: str | None, method: Method | None, *, batches: bool = False
    ) -> Function | None:
        if method is None:
            return None
        marshaller = compile_method(
            method.parameters, method.result, single=method.single, batches=batches
        )
        return self._function(interface, method.function, marshaller)

    def _function(self, interface: str | None, name: str, marshaller: Marshaller) -> Function:
        return Function(_find(self._blueprint.loaded.component, interface, name), marshaller)

    def release(self, transaction: Transaction) -> None:
        self.sessions.release(transaction)
        self.shelf.release(transaction)

    async def aclose(self) -> None:
        """As the contract says. Calls that still run close their stores when they end."""
        self.close()

    def close(self) -> None:
        """The same, at once."""
        self.sessions.close()
        self.shelf.close()


def _find(component: Component, interface: str | None, name: str) -> ExportIndex:
    inside = None if interface is None else component.get_export_index(interface)
    index = component.get_export_index(name, inside)
    if index is None:
        raise LookupError(f"the artifact has no function '{name}' after all")
    return index


class _Signatures(Mapping[str, Signature]):
    """Signatures by any name of their components."""

    def __init__(self, exports: Mapping[str, Export | StreamExport]) -> None:
        self._exports = exports

    def __getitem__(self, name: str) -> Signature:
        return self._exports[name].signature

    def __iter__(self) -> Iterator[str]:
        return iter(self._exports)

    def __len__(self) -> int:
        return len(self._exports)
