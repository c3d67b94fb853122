"""Which modules a component can import, while it is being made and when it runs.

A component is a snapshot of Python after its imports; from then on it has no files. So the author's
modules are loaded here, what they may import later is imported now, and the sources of everything
else are kept in memory.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import io
import json
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

#: Where the author's modules stand while the component is being made.
SOURCE = "/0/source"

#: Before the description of what went wrong, for whoever reads the toolchain's output.
MARK = "wasmflow-problem:"

#: Parts of the standard library that need a terminal or a window, and tests: not kept.
_LEFT_OUT = frozenset(
    (
        *("__pycache__", "_pyrepl", "ensurepip", "idlelib", "pydoc_data"),
        *("test", "tests", "tkinter", "turtledemo", "venv"),
    )
)

#: What packages import without needing it; there is no such thing here.
_EXPECTED = ("bz2", "ctypes", "lzma")


def source_file(name: str) -> str:
    """The name of an author's file, relative to the outermost; empty for any other file."""
    return name.removeprefix(SOURCE + "/") if name.startswith(SOURCE + "/") else ""


class _StandIn(ModuleType):
    """A module that can be imported, and of which nothing can be called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"

        def refuse(*_arguments: Any, **_more: Any) -> None:
            raise NotImplementedError(f"there is no {full} in WebAssembly")

        bases = (Exception,) if name.endswith("Error") else ()
        made = type(name, bases, {"__init__": refuse})
        setattr(self, name, made)
        return made


class _Log(io.TextIOWrapper):
    """Standard output and error: silent while the component is being made, the host's log afterwards."""

    silent = True

    def write(self, text: str, /) -> int:
        return len(text) if _Log.silent else super().write(text)


def start(*, packages: bool) -> None:
    """Prepare for the author's modules, and for packages if there are any. To be called first."""
    sys.dont_write_bytecode = True  # the folders belong to the author
    if packages:
        sys.modules.update((name, _StandIn(name)) for name in _EXPECTED)
    sys.path.insert(sys.path.index("/0") + 1, SOURCE)
    for name in ("stdout", "stderr"):
        binary = getattr(sys, name).buffer
        log = _Log(binary, encoding="utf-8", errors="backslashreplace", write_through=True)
        setattr(sys, name, log)


def load(name: str, file: str = "") -> ModuleType:
    """The author's module of that name; `file`, if it cannot be found by its name.

    What goes wrong is described for the build before it is raised.
    """
    try:
        return _from_file(name, f"{SOURCE}/{file}") if file else importlib.import_module(name)
    except BaseException as error:
        _report(error)
        raise ImportError(name) from None


def _from_file(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _report(error: BaseException) -> None:
    """Write what went wrong, and the steps that led there through the author's files."""
    import traceback

    steps = [
        (source_file(frame.filename), frame.lineno, frame.colno)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError):
        steps.append((source_file(error.filename or ""), error.lineno, (error.offset or 1) - 1))
    told = {
        "kind": type(error).__name__,
        "message": str(getattr(error, "msg", error))[:2000],
        "steps": [step for step in steps if step[0]],
    }
    print(MARK + json.dumps(told), file=sys.__stderr__)


def finish(*names: str) -> None:
    """Import the modules that may be imported later, and keep the sources of all others.

    What is not there, or does not work here, is passed over: its import is guarded, or was checked.
    """
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: S112  # any module may fail in its own way
            continue
    sys.meta_path.append(_Kept(dict(_sources(sys.path))))
    _Log.silent = False


def _sources(folders: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for outermost in folders:
        for folder, inner, files in os.walk(outermost):
            inner[:] = sorted(name for name in inner if name not in _LEFT_OUT)
            for file in sorted(files):
                if file.endswith(".py"):
                    path = f"{folder}/{file}"
                    with open(path, "rb") as source:  # noqa: PTH123  # pathlib would stay loaded
                        yield path, zlib.compress(source.read())


class _Kept(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports modules from the sources that are kept in memory."""

    def __init__(self, sources: dict[str, bytes]) -> None:
        self._sources = sources
        self._folders = list(sys.path)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        last = name.rpartition(".")[2]
        for folder in self._folders if path is None else path:
            package = f"{folder}/{last}"
            for origin, inner in ((f"{package}/__init__.py", [package]), (f"{package}.py", None)):
                if origin in self._sources:
                    spec = ModuleSpec(name, self, origin=origin, is_package=inner is not None)
                    spec.submodule_search_locations = inner
                    return spec
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        origin = str(module.__spec__.origin) if module.__spec__ else ""
        source = zlib.decompress(self._sources[origin])
        exec(compile(source, origin, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
