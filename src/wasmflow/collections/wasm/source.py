"""Python source that is being written, together with the objects that it refers to by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from wasmflow.collections.wasm.abi import PAYLOAD


class Source:
    """Grows by functions and tables, in the order in which they need one another."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self._chunks: list[str] = []
        self._numbers = count()
        self._texts: dict[str, bytes] = {}

    def name(self) -> str:
        """A name that is not used yet."""
        return f"_{next(self._numbers)}"

    def constant(self, value: object) -> str:
        """The name of an object."""
        name = self.name()
        self.namespace[name] = value
        return name

    def text(self, text: str) -> tuple[int, int]:
        """Length and address of a text that lives as long as the namespace."""
        encoded = self._texts.setdefault(text, text.encode())
        self.namespace[f"text {text}"] = encoded
        return len(encoded), id(encoded) + PAYLOAD

    def table(self, rows: Mapping[str, str]) -> str:
        """The name of a dictionary; its keys and values are expressions."""
        name = self.name()
        entries = ", ".join(f"{key}: {value}" for key, value in rows.items())
        self._chunks.append(f"{name} = {{{entries}}}")
        return name

    def function(self, parameters: str, lines: Sequence[str], name: str | None = None) -> str:
        """The name of a function with these parameters and lines."""
        name = name or self.name()
        body = "\n".join(f"    {line}" for line in lines)
        self._chunks.append(f"def {name}({parameters}):\n{body}")
        return name

    def __str__(self) -> str:
        return "\n\n".join(self._chunks) + "\n"
