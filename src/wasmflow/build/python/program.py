"""The modules that a source is made of: itself, and what it imports of what stands beside it.

Every import statement is followed, and one that will find nothing inside a component is a problem.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wasmflow.build.python import stdlib
from wasmflow.build.python.imports import Import
from wasmflow.build.python.source import Source, read_source
from wasmflow.errors import ProblemsError
from wasmflow.naming import nearest
from wasmflow.problem import Problem

_COMPILED = (".so", ".pyd")
#: Begins the name of a main module whose own name cannot be imported.
_UNNAMED = "main__"


@dataclass(frozen=True, eq=False)
class Program:
    """All modules of an author, read."""

    main: Source
    #: The folder that the author's modules are imported from.
    root: Path
    site: tuple[Path, ...]
    #: The author's modules by the names they are imported by.
    modules: Mapping[str, Source]
    #: Modules that functions import when they are called.
    late: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    _others: dict[str, Source | None] = field(default_factory=dict)

    @property
    def importable(self) -> bool:
        """Whether the main module can be imported by a name."""
        return not self.main.name.startswith(_UNNAMED)

    def sources(self) -> list[Source]:
        """All modules that were read: the author's, and installed ones whose types are used."""
        return [*self.modules.values(), *filter(None, self._others.values())]

    def find(self, name: str) -> Source | None:
        """The source of a module, the author's or an installed one; ``None`` if it has none."""
        if name in self.modules:
            return self.modules[name]
        if name not in self._others:
            self._others[name] = self._installed(name)
        return self._others[name]

    def _installed(self, name: str) -> Source | None:
        path = next(filter(None, (_module_file(folder, name) for folder in self.site)), None)
        if path is None:
            return None
        source = read_source(path, str(path), name)
        return None if isinstance(source, Problem) else source


def read_program(path: Path, site: tuple[Path, ...] = ()) -> Program:
    """Read a source and all that it imports of the author's.

    Raises `ProblemsError` if the source itself cannot be read as Python, `WorldError` if a file
    cannot be read at all. What is wrong with imports is in the program's `problems`.
    """
    return _Reader(path, site).program()


class _Reader:
    def __init__(self, path: Path, site: tuple[Path, ...]) -> None:
        self._shown = path
        self._path = Path(os.path.normpath(path.absolute()))
        self._site = site
        self._root = self._path.parent
        while (self._root / "__init__.py").is_file():
            self._root = self._root.parent
        self._modules: dict[str, Source] = {}
        self._late: dict[str, None] = {}
        self._problems: list[Problem] = []

    def program(self) -> Program:
        main = read_source(self._path, str(self._shown), self._main_name())
        if isinstance(main, Problem):
            raise ProblemsError([main])
        self._modules[main.name] = main
        waiting = [main]
        while waiting:
            source = waiting.pop(0)
            for statement in source.imports:
                waiting += self._follow(source, statement)
        late, problems = tuple(sorted(self._late)), tuple(self._problems)
        return Program(main, self._root, self._site, dict(self._modules), late, problems)

    def _main_name(self) -> str:
        """Its name as a module; another where Python has one of that name, or could not write it."""
        parts = self._path.relative_to(self._root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if len(parts) > 1 or (name.isidentifier() and not stdlib.is_standard(name)):
            return name
        return _UNNAMED + "".join(letter if letter.isalnum() else "_" for letter in name)

    def _follow(self, source: Source, statement: Import) -> list[Source]:
        """Note what an import means; the modules of the author that it leads to for the first time."""
        module = statement.module
        if not module:
            self._refuse(source, statement, _BEYOND, _BEYOND_HINT)
            return []
        if stdlib.is_standard(module):
            self._standard(source, statement)
            return []
        files = [*self._author_files(module, statement.attributes)]
        if files:
            return [new for name, path in files if (new := self._read(name, path))]
        self._note(statement)
        if not statement.guarded and (reason := self._missing(module)):
            self._refuse(source, statement, *reason)
        return []

    def _author_files(self, module: str, attributes: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
        """The files behind a module, of the packages it is in and of what is taken from it."""
        if not (path := _module_file(self._root, module)):
            return
        parts = module.split(".")
        for end in range(1, len(parts)):
            name = ".".join(parts[:end])
            if package := _module_file(self._root, name):
                yield name, package
        yield module, path
        for attribute in attributes:
            if inner := _module_file(self._root, f"{module}.{attribute}"):
                yield f"{module}.{attribute}", inner

    def _read(self, name: str, path: Path) -> Source | None:
        """Read a module of the author, unless that was done before or cannot be done."""
        if name in self._modules or path == self._path or path.is_dir():
            return None
        source = read_source(path, self._shown_as(path), name)
        if isinstance(source, Problem):
            self._problems.append(source)
            return None
        self._modules[name] = source
        return source

    def _shown_as(self, path: Path) -> str:
        """A path as somebody would write it who named the source as the user did."""
        relative = os.path.relpath(path, self._path.parent)
        return os.path.normpath(self._shown.parent / relative)

    def _standard(self, source: Source, statement: Import) -> None:
        name = statement.module.partition(".")[0]
        beside = _module_file(self._root, name)
        self._note(statement)
        if name in stdlib.UNAVAILABLE and not statement.guarded:
            self._refuse(source, statement, f"Python has no module '{name}' in WebAssembly", "")
        elif beside and beside != self._path:
            message = (
                f"'{name}' is Python's own module in a component, not the one beside the source"
            )
            self._refuse(source, statement, message, f"give {beside.name} another name")

    def _note(self, statement: Import) -> None:
        """Remember what is imported only when a function is called; some of it may be no module."""
        if statement.late:
            inner = (f"{statement.module}.{name}" for name in statement.attributes)
            self._late |= dict.fromkeys((statement.module, *inner))

    def _missing(self, module: str) -> tuple[str, str] | None:
        """Why a module that is not the author's will not be found in the component."""
        top = module.partition(".")[0]
        if top in stdlib.NATIVE:
            return f"'{top}' is not written in Python and cannot run in WebAssembly", _NATIVE_HINT
        if top == "wasmflow":
            return "a component cannot import 'wasmflow'", "plain functions need nothing of it"
        if any(_module_file(folder, module) for folder in self._site):
            return None
        if any(_compiled(folder, module) for folder in self._site):
            return f"'{module}' is compiled for another machine", _NATIVE_HINT
        if top in stdlib.REMOVED:
            return f"the module '{top}' was removed from Python", ""
        return f"there is no module '{module}'", self._module_hint(module)

    def _module_hint(self, module: str) -> str:
        """A slip of a module of the author's, one that is not where it must be, or a package."""
        package, _, name = module.rpartition(".")
        if near := nearest(name, self._beside(package)):
            return f"did you mean '{f'{package}.{near}' if package else near}'?"
        if self._site:
            return "it is neither beside the source nor in a --site folder"
        top = module.partition(".")[0]
        file = self._root / (module.replace(".", "/") + ".py")
        own = f"if it is yours, put it at {self._shown_as(file)}"
        if package and _module_file(self._root, top):
            return own
        install = f"pip install --target packages {top}, then build with --site packages"
        return f"{own}; if it is a package: {install}"

    def _beside(self, package: str) -> list[str]:
        """The author's modules in a package, or in none."""
        folder = self._root.joinpath(*filter(None, package.split(".")))
        entries = folder.iterdir() if folder.is_dir() else ()
        return [path.stem for path in entries if path != self._path and _is_module(path)]

    def _refuse(self, source: Source, statement: Import, message: str, hint: str) -> None:
        self._problems.append(source.problem(statement.node, message, hint))


_BEYOND = "a relative import, but the source is not that deep in a package"
_BEYOND_HINT = "import modules beside the source by their names"
_NATIVE_HINT = "do without it, or leave that part to a component in another language"


def _module_file(folder: Path, name: str) -> Path | None:
    """The file of a module below a folder; the folder itself of a package without a file."""
    path = folder.joinpath(*name.split("."))
    for candidate in (path / "__init__.py", path.with_name(path.name + ".py")):
        if candidate.is_file():
            return candidate
    return path if path.is_dir() and any(path.glob("**/*.py")) else None


def _is_module(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").is_file()


def _compiled(folder: Path, name: str) -> bool:
    path = folder.joinpath(*name.split("."))
    return any(match.suffix in _COMPILED for match in path.parent.glob(f"{path.name}.*"))
