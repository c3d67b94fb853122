"""A folder in which a document's blocks are done as a reader would do them, one after the other."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.blocks import Block, blocks, commands, printed, shows

#: Where a service listens that is told nothing else.
SHOWN = "127.0.0.1:8080"
_SERVE = re.compile(r"wasmflow serve (?!.*(--help|--print-config))")
_LISTENING = re.compile(r"^  https?://(?P<address>\S+)")


@dataclass
class Workplace:
    folder: Path
    cache: Path
    #: The exit code of the last command.
    code: int = 0
    #: Ends what was served last.
    serving: ExitStack = field(default_factory=ExitStack)
    #: Where that really listens.
    address: str = SHOWN

    def do(self, document: str) -> list[str]:
        """Do all blocks of a document; what does not come out as it says."""
        with self.serving:
            return [
                f"line {line}: {what}"
                for block in blocks(document)
                for line, what in self._do(block)
            ]

    def _do(self, block: Block) -> Iterator[tuple[int, str]]:
        if block.file:
            (self.folder / block.file).write_text(block.text)
        match block.language:
            case "yaml":
                yield from self._check(block)
            case "python" if not block.file:
                yield from self._print(block)
            case "console":
                yield from self._command(block)

    def _check(self, block: Block) -> Iterator[tuple[int, str]]:
        name = block.file or f"line-{block.line}.yaml"
        (self.folder / name).write_text(block.text)
        said = self.run(f"wasmflow check {name}")
        if (self.code != 0) != ("broken" in block.words):
            yield block.line, f"wasmflow check ends with code {self.code} and says:\n{said}"

    def _print(self, block: Block) -> Iterator[tuple[int, str]]:
        script = self.folder / "block.py"
        script.write_text(block.text)
        said = self.run(f"'{sys.executable}' {script.name}")
        if self.code or not shows(printed(block), said):
            yield block.line, f"it ends with code {self.code} and prints:\n{said}"

    def _command(self, block: Block) -> Iterator[tuple[int, str]]:
        for command in commands(block):
            said = (self.serve if _SERVE.match(command.text) else self.run)(command.text)
            if not shows(command.shown, said):
                yield command.line, f"$ {command.text}\n{said}"

    def serve(self, command: str) -> str:
        """What a service writes until it takes work. It goes on until the next one, or the end.

        It listens on a free port, which is the usual one in all that commands see and say.
        """
        self.serving.close()
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],  # noqa: S607  # wherever bash is
            cwd=self.folder,
            env=self._surroundings() | {"WASMFLOW_HTTP": ":0", "WASMFLOW_LOG": "text"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.serving.callback(_end, process)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said = line if line.startswith("serving ") else said + line
            if found := _LISTENING.search(line):
                self.address = found["address"]
                break
        return said.replace(self.address, SHOWN)

    def run(self, command: str) -> str:
        """What a command writes, to whichever output. It sees the exit code of the one before."""
        return self._run(command.replace(SHOWN, self.address)).replace(self.address, SHOWN)

    def _run(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"(exit {self.code})\n{command}"],  # noqa: S607  # wherever bash is
            cwd=self.folder,
            env=self._surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.code = done.returncode
        return done.stdout.decode()

    def _surroundings(self) -> dict[str, str]:
        """Those of a terminal of usual width, for somebody who has never used it before."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        home, cache = str(self.folder / ".home"), str(self.cache)
        return {
            "PATH": path,
            "HOME": home,
            "WASMFLOW_CACHE": cache,
            "COLUMNS": "100",
            "LANG": "C.UTF-8",
        }


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate()
