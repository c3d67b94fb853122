"""The fenced blocks of a document, and whether an output is what a document shows.

A block whose first line is a comment with a file's name, ``# shop.yaml``, is that file. The words
after the language say what else is meant: ``yaml broken`` is a manifest with problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_FENCE = re.compile(r"^```(?P<info>[^`\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# (?P<name>[\w./-]+\.\w+)\n")
_PRINT = re.compile(r"^\s*print\(.*\)  # (?P<printed>.*)$", re.MULTILINE)
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    #: What follows the language.
    words: tuple[str, ...]
    text: str
    #: The line of the document on which its text begins.
    line: int

    @property
    def file(self) -> str | None:
        """The name of the file that it is; ``None`` if it is none."""
        match = _NAME.match(self.text)
        return match["name"] if match else None


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a ``console`` block, and what stands below it."""

    text: str
    shown: tuple[str, ...]
    line: int


def blocks(document: str) -> Iterator[Block]:
    """The fenced blocks of a document, in their order."""
    for match in _FENCE.finditer(document):
        language, *words = match["info"].split() or [""]
        line = document.count("\n", 0, match.start("text")) + 1
        yield Block(language, tuple(words), match["text"], line)


def commands(block: Block) -> list[Command]:
    """The commands of a ``console`` block: each begins with "$ ", and goes on after a backslash."""
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            found.append(Command(line[2:], (), number))
            continue
        if not found:
            raise ValueError(f"line {number} is the output of no command")
        last = found.pop()
        if last.text.endswith("\\") and not last.shown:
            found.append(Command(f"{last.text}\n{line}", (), last.line))
        else:
            found.append(Command(last.text, (*last.shown, line), last.line))
    return found


def printed(block: Block) -> list[str]:
    """What a ``python`` block says that it prints: comments beside its calls of ``print``."""
    return [match["printed"] for match in _PRINT.finditer(block.text)]


def shows(shown: Sequence[str], output: str) -> bool:
    """Whether a document shows this output. "…" stands for any text, alone on a line for any lines."""
    pattern = "".join(map(_line_pattern, shown))
    lines = [line.rstrip() for line in output.splitlines()]
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def _line_pattern(line: str) -> str:
    if line.strip() == _ELLIPSIS:
        return r"(?:.*\n)*?"
    return ".*?".join(map(re.escape, line.rstrip().split(_ELLIPSIS))) + r"\n"
