"""What a component wants from its host, and which of it nobody gives.

Every toolchain imports WASI whether its guest uses it or not, so the plain interfaces of WASI 0.2 are
always there, with nothing behind them. Whatever else is imported is a problem of the artifact, and all
of it is reported at once. That a WASI interface has each function that is imported, with the type that
the component expects, wasmtime checks when it makes the first store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import wasmtime.component as wt
from wasmtime import Engine

from wasmflow.collections.wasm import bounds
from wasmflow.collections.wasm.introspection import TooLarge, exports_of, imports_of, shortened
from wasmflow.collections.wasm.section import printable
from wasmflow.component import Import
from wasmflow.grants import NOTHING, Folder, Grants
from wasmflow.problem import Problem

#: The status of an interface of the empty WASI.
NOTHING_GRANTED: Final = "available, nothing granted"
#: The status of an interface that only declares types.
TYPES_ONLY: Final = "types only"

#: The interfaces that wasmtime links, without the world. Any 0.2 version of one stands for all.
WASI: Final[Mapping[str, frozenset[str]]] = {
    package: frozenset(interfaces.split())
    for package, interfaces in {
        "cli": "environment exit stdin stdout stderr"
        " terminal-input terminal-output terminal-stdin terminal-stdout terminal-stderr",
        "clocks": "monotonic-clock wall-clock",
        "filesystem": "types preopens",
        "io": "error poll streams",
        "random": "random insecure insecure-seed",
        "sockets": "network instance-network ip-name-lookup"
        " tcp tcp-create-socket udp udp-create-socket",
    }.items()
}

_WASI_NAME: Final = re.compile(r"wasi:(?P<package>[^/@]+)/(?P<interface>[^@]+)@(?P<version>.+)")
_RELEASE: Final = re.compile(r"0\.2\.\d+")


def read_imports(
    component: wt.ComponentType, engine: Engine, granted: Grants = NOTHING
) -> tuple[tuple[Import, ...], tuple[Problem, ...]]:
    """Every import that is satisfied, with what it gets; and a problem for each that is not."""
    try:
        wanted = imports_of(component, engine)
        reader = _Reader(engine, granted)
        statuses = {name: reader.status(name, item) for name, item in wanted.items()}
    except TooLarge as error:
        return (), (Problem(f"the component declares {error}", "split it into several components"),)
    given = [Import(printable(name), status) for name, status in statuses.items() if status]
    missing = [_missing(name) for name, status in statuses.items() if not status]
    return tuple(given), tuple(missing)


class _Reader:
    """Looks into the imports of one artifact and keeps count of what it sees. Raises `TooLarge`."""

    def __init__(self, engine: Engine, granted: Grants) -> None:
        self._engine = engine
        self._granted = granted
        self._left = bounds.MOST_NODES_IN_ALL

    def status(self, name: str, item: wt.ComponentItem) -> str | None:
        """What an import gets; ``None`` if nobody gives it."""
        if (wasi := _wasi(name)) is not None:
            return self._of_wasi(wasi["package"], wasi["interface"])
        return TYPES_ONLY if self._needs_nothing(item) else None

    def _of_wasi(self, package: str, interface: str) -> str:
        granted = self._granted
        if interface == "environment" and granted.env:
            return f"granted: {', '.join(sorted(granted.env))}"
        if package == "filesystem" and granted.dirs:
            return f"granted: {', '.join(map(_seen, sorted(granted.dirs)))}"
        if package == "cli" and interface.removeprefix("terminal-") in granted.stdio:
            return "granted: that of the process"
        if (package == "random" and granted.random) or (package == "clocks" and granted.clock):
            return "granted: real"
        return NOTHING_GRANTED

    def _needs_nothing(self, item: wt.ComponentItem) -> bool:
        """Whether an import only declares types; resources are more than types."""
        pending = [item]
        while pending:
            item = pending.pop()
            if isinstance(item, wt.ComponentInstanceType):
                pending += self._exports(item)
            elif not isinstance(item, wt.ValType):
                return False
        return True

    def _exports(self, instance: wt.ComponentInstanceType) -> Iterable[wt.ComponentItem]:
        """What an interface exports; an interface inside counts again wherever it is."""
        exports = exports_of(instance, self._engine).values()
        self._left -= 1 + len(exports)
        if self._left < 0:
            most = bounds.MOST_NODES_IN_ALL
            raise TooLarge(f"imports of more than {most} parts in all")
        return exports


def _seen(folder: Folder) -> str:
    return f"{folder.guest} (write)" if folder.write else folder.guest


def _wasi(name: str) -> re.Match[str] | None:
    """The parts of the name of an interface of the empty WASI; ``None`` if it names no such."""
    match = _WASI_NAME.fullmatch(name)
    if match is None or not _RELEASE.fullmatch(match["version"]):
        return None
    return match if match["interface"] in WASI.get(match["package"], ()) else None


def _missing(name: str) -> Problem:
    shown = shortened(printable(name))
    return Problem(f"it imports '{shown}', and nothing here provides that", _advice(name))


def _advice(name: str) -> str:
    match = _WASI_NAME.fullmatch(name)
    if match is None:
        return "build it without that import; components are given the interfaces of WASI 0.2 only"
    if match["package"] == "http":
        return "components have no network; pass what they need in through their inputs"
    if match["interface"] in WASI.get(match["package"], ()):
        return f"WASI {match['version']} is not supported; build the component for WASI 0.2"
    return f"the interfaces of WASI that components are given: {', '.join(WASI)}"
