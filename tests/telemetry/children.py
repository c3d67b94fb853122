"""Python processes that do what they are told, line by line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_PROGRAM: Final = """
import json, sys
names = {}
for line in sys.stdin:
    try:
        print(json.dumps(eval(line, names)), flush=True)
    except SyntaxError:
        exec(line, names)
        print("null", flush=True)
"""


class Child:
    """A process; told by `do`, which returns what the expression or statement came to."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, line: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def child(*lines: str) -> Iterator[Child]:
    """One that has done these lines. It has ended with the block."""
    one = Child()
    try:
        for line in lines:
            one.do(line)
        yield one
    finally:
        one.kill()
