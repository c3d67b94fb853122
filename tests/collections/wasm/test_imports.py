from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wasmtime import Store, WasiConfig
from wasmtime.component import Component, Linker

from tests.assembled import assemble, component_type, lenient
from wasmflow.collections.wasm import bounds, imports, introspection
from wasmflow.collections.wasm.binary import read_binary
from wasmflow.collections.wasm.engine import process_engine
from wasmflow.collections.wasm.imports import NOTHING_GRANTED, TYPES_ONLY, WASI, read_imports
from wasmflow.collections.wasm.loading import load
from wasmflow.component import Import
from wasmflow.problem import Problem

#: Something that each interface of WASI has. Those that only give a handle of another one are not here.
MEMBERS = {
    "cli/environment": '"get-environment" (func (result (list (tuple string string))))',
    "cli/exit": '"exit" (func (param "status" (result)))',
    "cli/terminal-input": '"terminal-input" (type (sub resource))',
    "cli/terminal-output": '"terminal-output" (type (sub resource))',
    "clocks/monotonic-clock": '"now" (func (result u64))',
    "filesystem/types": '"descriptor" (type (sub resource))',
    "io/error": '"error" (type (sub resource))',
    "io/poll": '"pollable" (type (sub resource))',
    "io/streams": '"input-stream" (type (sub resource))',
    "random/insecure": '"get-insecure-random-u64" (func (result u64))',
    "random/insecure-seed": '"insecure-seed" (func (result (tuple u64 u64)))',
    "random/random": '"get-random-u64" (func (result u64))',
    "sockets/ip-name-lookup": '"resolve-address-stream" (type (sub resource))',
    "sockets/network": '"network" (type (sub resource))',
    "sockets/tcp": '"tcp-socket" (type (sub resource))',
    "sockets/udp": '"udp-socket" (type (sub resource))',
}
#: Something that nobody gives.
FUNCTION = '"f" (func)'


def instance(name: str, member: str = FUNCTION) -> str:
    return f'(import "{name}" (instance (export {member})))'


def imports_of(*declarations: str) -> tuple[list[Import], list[Problem]]:
    type_ = component_type(*declarations)
    given, problems = read_imports(type_, lenient())
    return list(given), list(problems)


@pytest.mark.parametrize("name", MEMBERS)
def test_what_is_called_available_is_linked_by_wasmtime(name: str) -> None:
    declaration = instance(f"wasi:{name}@0.2.3", MEMBERS[name])
    assert imports_of(declaration) == ([Import(f"wasi:{name}@0.2.3", NOTHING_GRANTED)], [])
    engine = process_engine().wasmtime
    linker, store = Linker(engine), Store(engine)
    linker.add_wasip2()
    store.set_wasi(WasiConfig())
    store.set_epoch_deadline(1000)
    linker.instantiate(store, Component(engine, assemble(declaration)))


def test_every_interface_that_is_called_available_is_one_of_wasi() -> None:
    names = {f"{package}/{each}" for package, interfaces in WASI.items() for each in interfaces}
    assert names > set(MEMBERS)
    assert not names & {"http/types", "http/outgoing-handler", "cli/run", "clocks/timezone"}


@pytest.mark.parametrize("version", ["0.2.0", "0.2.12", "0.2.99"])
def test_any_release_of_wasi_0_2_will_do(version: str) -> None:
    given, problems = imports_of(instance(f"wasi:cli/environment@{version}"))
    assert [each.status for each in given] == [NOTHING_GRANTED]
    assert problems == []


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("wasi:random/random@0.3.0", "WASI 0.3.0 is not supported"),
        ("wasi:random/random@0.2.0-rc-2023-11-10", "WASI 0.2.0-rc-2023-11-10 is not supported"),
        ("wasi:random/random", "WASI 0.2 only"),
        ("wasi:http/types@0.2.3", "no network"),
        ("wasi:keyvalue/store@0.2.0", "cli, clocks, filesystem, io, random, sockets"),
        ("wasi:cli/run@0.2.0", "cli, clocks"),
        ("acme:store/orders@1.0.0", "WASI 0.2 only"),
    ],
)
def test_what_nobody_gives_is_a_problem_with_advice(name: str, advice: str) -> None:
    given, (problem,) = imports_of(instance(name))
    assert given == []
    assert f"'{name}'" in problem.message
    assert advice in problem.hint


def test_all_that_is_missing_is_reported_in_the_order_of_the_binary() -> None:
    given, problems = imports_of(
        instance("b:b/b"), instance("wasi:cli/exit@0.2.0"), instance("a:a/a"), '(import "f" (func))'
    )
    assert [each.name for each in given] == ["wasi:cli/exit@0.2.0"]
    assert [each.message.split("'")[1] for each in problems] == ["b:b/b", "a:a/a", "f"]


@pytest.mark.parametrize(
    "declaration",
    [
        '(import "a:b/c" (instance (type $t (record (field "x" u8))) (export "r" (type (eq $t)))))',
        '(import "a:b/c" (instance))',
        '(import "a:b/c" (instance (export "inner" (instance))))',
    ],
)
def test_an_interface_of_types_needs_nobody(declaration: str) -> None:
    assert imports_of(declaration) == ([Import("a:b/c", TYPES_ONLY)], [])
    engine = process_engine().wasmtime
    store = Store(engine)
    store.set_epoch_deadline(1000)
    Linker(engine).instantiate(store, Component(engine, assemble(declaration)))


@pytest.mark.parametrize(
    "declaration",
    [
        '(import "a:b/c" (instance (export "r" (type (sub resource)))))',
        '(import "a:b/c" (instance (export "inner" (instance (export "f" (func))))))',
        '(import "r" (type (sub resource)))',
        '(import "m" (core module))',
    ],
)
def test_resources_modules_and_inner_functions_need_somebody(declaration: str) -> None:
    given, problems = imports_of(declaration)
    assert (given, len(problems)) == ([], 1)


def test_a_name_cannot_command_a_terminal() -> None:
    _, (problem,) = imports_of(r'(import "url=<http://\1b[31m>" (func))')
    assert "\x1b" not in str(problem)


def test_a_component_without_imports_wants_nothing() -> None:
    assert imports_of() == ([], [])


def test_more_imports_than_are_read_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introspection, "MOST_ITEMS", 1)
    given, (problem,) = imports_of(instance("a:a/a"), instance("b:b/b"))
    assert given == []
    assert problem.message == "the component declares 2 imports; at most 1 are read"


def doubled(depth: int) -> str:
    """An import of an interface in which each interface holds the one before it twice."""
    types = ["(type $t0 (instance))"]
    types += [
        f"(type $t{each} (instance (alias outer 1 $t{each - 1} (type $inner))"
        ' (export "a" (instance (type $inner))) (export "b" (instance (type $inner)))))'
        for each in range(1, depth + 1)
    ]
    return f'{" ".join(types)} (import "a:b/c" (instance (type $t{depth})))'


def test_interfaces_inside_interfaces_are_counted_while_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert imports_of(doubled(8)) == ([Import("a:b/c", TYPES_ONLY)], [])
    read = []

    def exports_of(owner: Any, engine: Any) -> dict[str, Any]:
        read.append(owner)
        return introspection.exports_of(owner, engine)

    monkeypatch.setattr(imports, "exports_of", exports_of)
    monkeypatch.setattr(bounds, "MOST_NODES_IN_ALL", 100)
    given, (problem,) = imports_of(doubled(8))
    assert given == []
    assert problem.message == "the component declares imports of more than 100 parts in all"
    assert len(read) < 100


async def test_what_python_guests_import_is_there(
    python_component: Path, compiled_cache: Path
) -> None:
    engine = process_engine()
    component = await load(await read_binary(python_component), engine, compiled_cache)
    given, problems = read_imports(component.component.type, engine.wasmtime)
    assert problems == ()
    assert {each.status for each in given} == {NOTHING_GRANTED, TYPES_ONLY}
