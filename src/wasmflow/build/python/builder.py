"""Makes components from Python: source → program → interface → glue → toolchain."""

from __future__ import annotations

from pathlib import Path

from wasmflow.build.building import Draft, Options
from wasmflow.build.python import toolchain
from wasmflow.build.python.glue import GLUE, guest_files, write_glue
from wasmflow.build.python.interface import Interface, read_interface
from wasmflow.build.python.outline import signature_of
from wasmflow.build.python.program import Program, read_program
from wasmflow.build.python.source import Source


class PythonBuilder:
    """The builder of ``.py`` files."""

    def draft(self, source: Path, options: Options) -> Draft:
        """Read and check a module and all that it imports of what stands beside it."""
        program = read_program(source, options.site)
        interface = read_interface(program)
        staged = {_staged_name(program, each): each for each in program.modules.values()}
        return Draft(
            source,
            wit=interface.wit(with_docs=True),
            interfaces=(interface.full_name,),
            files={
                **_generated(program, interface),
                **{name: each.content for name, each in staged.items()},
            },
            origins={name: each.shown for name, each in staged.items()},
            metadata=interface.metadata(program),
            components=tuple(map(signature_of, interface.members)),
            warnings=interface.warnings,
        )

    def tool(self) -> str:
        """The toolchain with its version."""
        return toolchain.tool_version()

    async def compile(self, draft: Draft, folder: Path, options: Options) -> bytes:
        """Run the toolchain. It takes some seconds."""
        return await toolchain.run_tool(draft, folder, options.site)


def _staged_name(program: Program, source: Source) -> str:
    return f"{toolchain.SOURCE_FOLDER}/{source.path.relative_to(program.root).as_posix()}"


def _generated(program: Program, interface: Interface) -> dict[str, bytes]:
    # The bindings turn descriptions into docstrings without escaping them, so they get none.
    world = interface.wit(with_docs=False)
    glue = write_glue(program, interface)
    return {
        f"{toolchain.WIT_FOLDER}/world.wit": world.encode(),
        f"{toolchain.GLUE_FOLDER}/{GLUE}.py": glue.encode(),
        **{f"{toolchain.GLUE_FOLDER}/{name}": each for name, each in guest_files().items()},
    }
