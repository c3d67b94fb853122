"""From source to component: which language has which builder, and what all builds have in common.

`wasmflow build` calls `draft` for the WIT alone, and `build` for the component.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from wasmflow.build.building import Builder, Built, Draft, Options
from wasmflow.build.output import check_exports, check_target, write_aside, write_files
from wasmflow.collections.wasm.section import append_section
from wasmflow.errors import UsageError, WorldError
from wasmflow.naming import listing
from wasmflow.version import __version__

__all__ = ["BUILDERS", "DEFAULT_OPTIONS", "Built", "Draft", "Options", "build", "draft"]


def _python() -> Builder:
    from wasmflow.build.python.builder import PythonBuilder

    return PythonBuilder()


#: Which builder makes a component of a file with this suffix.
BUILDERS: Final = {".py": _python}

#: Languages whose builders are still to come, for a better message.
_NOT_YET: Final[Mapping[str, str]] = {
    **dict.fromkeys((".js", ".mjs"), "JavaScript"),
    **dict.fromkeys((".ts", ".mts"), "TypeScript"),
    **dict.fromkeys((".c", ".h"), "C"),
    ".rs": "Rust",
    ".go": "Go",
    ".zig": "Zig",
}

DEFAULT_OPTIONS: Final = Options()


def draft(source: Path, options: Options = DEFAULT_OPTIONS) -> Draft:
    """Read and check a source without making anything of it.

    Raises `UsageError` for a kind of file that nothing is built from, `WorldError` if it cannot be
    read, `ProblemsError` with everything that is wrong with it.
    """
    builder = _builder(source)
    for folder in options.site:
        if not folder.is_dir():
            raise UsageError(f"there is no folder '{folder}' with packages")
    return builder.draft(source, options)


async def build(
    source: Path, output: Path | None = None, options: Options = DEFAULT_OPTIONS
) -> Built:
    """Make a component of a source; without `output` beside it, with the suffix ``.wasm``.

    The file appears whole or not at all, and replaces nothing that is not WebAssembly. Raises as
    `draft` does, and `WorldError` if the toolchain is missing or fails or the file cannot be
    written. Cancelling it ends the toolchain and leaves nothing behind.
    """
    builder = _builder(source)
    target = output or source.with_suffix(".wasm")
    options.progress(f"reading {source}", None)
    drafted = await asyncio.to_thread(draft, source, options)
    check_target(target)
    metadata = msgspec.structs.replace(drafted.metadata, tool=builder.tool(), wasmflow=__version__)
    if options.keep:
        write_files(options.keep, drafted.files)
    with _temporary_folder() as name:
        folder = Path(name)
        write_files(folder, drafted.files)
        options.progress(f"building {target}", None)
        binary = await builder.compile(drafted, folder, options)
    check_exports(binary, drafted.interfaces)
    complete = append_section(binary, metadata)
    write_aside(target, complete)
    return Built(target, len(complete), drafted.components, drafted.warnings)


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        # What a child process that was killed is still writing must not be an error here.
        return tempfile.TemporaryDirectory(prefix="wasmflow-build-", ignore_cleanup_errors=True)
    except OSError as error:
        raise WorldError(f"cannot make a temporary folder: {error.strerror}") from error


def _builder(source: Path) -> Builder:
    suffix = source.suffix.lower()
    if found := BUILDERS.get(suffix):
        return found()
    if source.is_dir():
        raise UsageError(f"'{source}' is a folder; name the file with the functions in it")
    known = f"components are built from files that end in {listing(BUILDERS)}"
    if language := _NOT_YET.get(suffix):
        raise UsageError(f"'{source}' is {language}, which cannot be built yet; {known}")
    raise UsageError(f"nothing knows how to build '{source}'; {known}")
