"""What a docstring says of a function and of its parameters, in the styles that people use.

Google (``Args:``), Sphinx (``:param name:``) and NumPy (``Parameters`` above dashes). A docstring in
another style is all description.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from wasmflow.build.python.authored import FunctionNode

Documented: TypeAlias = FunctionNode | ast.ClassDef


@dataclass(frozen=True)
class Docs:
    """What is said of a function."""

    description: str = ""
    #: By the names of parameters in Python.
    parameters: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""


_PARAMETERS: Final = frozenset({"args", "arguments", "parameters", "params", "other parameters"})
_RETURNS: Final = frozenset({"returns", "return", "yields", "yield"})
#: Sections that say nothing about ports; what they say is left out.
_OTHERS: Final = frozenset(
    {"raises", "examples", "example", "notes", "note", "see also", "warns", "references"}
)
_SECTIONS: Final = _PARAMETERS | _RETURNS | _OTHERS

#: ``name (type): text`` and ``name: text``
_GOOGLE_ITEM: Final = re.compile(r"\*{0,2}(?P<names>\w+)\s*(?:\([^)]*\))?\s*:\s*(?P<text>.*)")
#: ``name : type`` and ``first, second : type``
_NUMPY_ITEM: Final = re.compile(r"(?P<names>\w+(?:\s*,\s*\w+)*)\s*(?::.*)?(?P<text>$)?")
_SPHINX_ITEM: Final = re.compile(
    r":(?:param|parameter|arg|argument|key|keyword)\s+(?:[^:\s]+\s+)*?(\w+)\s*:\s*(.*)"
)
_SPHINX_RETURNS: Final = re.compile(r":(?:returns?|yields?):\s*(.*)")
_SPHINX_OTHER: Final = re.compile(r":\w+[^:]*:")


def docs_of(node: Documented) -> Docs:
    """What the docstring of a function or class says; nothing if there is none."""
    return read_docstring(ast.get_docstring(node, clean=False) or "")


def read_docstring(text: str) -> Docs:
    """What a docstring says, as it stands in the source.

    It must not have been cleaned: once more, and a section in its first line loses its indentation.
    """
    lines = inspect.cleandoc(text).splitlines()
    if any(_SPHINX_ITEM.match(line) or _SPHINX_RETURNS.match(line) for line in lines):
        return _sphinx(lines)
    description: list[str] = []
    parameters: dict[str, str] = {}
    returns = ""
    for section in _sections(lines):
        if section.title in _PARAMETERS:
            parameters |= _items(section)
        elif section.title in _RETURNS:
            returns = _joined(section.body)
        elif not section.title:
            description += section.body
    return Docs("\n".join(description).strip(), parameters, returns)


@dataclass(frozen=True)
class _Section:
    #: In lower case; empty for what is under no title.
    title: str = ""
    #: Whether dashes are below the title, as NumPy has them: then the items are not indented.
    dashed: bool = False
    body: list[str] = field(default_factory=list)


def _sections(lines: Sequence[str]) -> Iterator[_Section]:
    section = _Section()
    for line, following in pairwise([*lines, ""]):
        if head := _head(line, following):
            yield section
            section = _Section(head, _is_rule(following))
        elif section.title and not section.dashed and line and not line[0].isspace():
            yield section
            section = _Section(body=[line])
        elif not (section.dashed and _is_rule(line)):
            section.body.append(line)
    yield section


def _head(line: str, following: str) -> str:
    """The title of a section that begins here, in lower case; empty if none does."""
    title = line.strip().lower()
    if _is_rule(following):
        return title if title in _SECTIONS else ""
    title = title.removesuffix(":").rstrip() if line[:1].isupper() and title.endswith(":") else ""
    return title if title in _SECTIONS else ""


def _is_rule(line: str) -> bool:
    return len(line.strip()) > 2 and set(line.strip()) == {"-"}


def _items(section: _Section) -> dict[str, str]:
    """The items of a list of parameters: each begins at the least indentation."""
    filled = [line for line in section.body if line.strip()]
    margin = min((_indentation(line) for line in filled), default=0)
    pattern = _NUMPY_ITEM if section.dashed else _GOOGLE_ITEM
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in filled:
        if _indentation(line) > margin:
            current.append(line)
        elif item := pattern.fullmatch(line.strip()):
            current = [item["text"] or ""]
            found |= dict.fromkeys(re.split(r"\s*,\s*", item["names"]), current)
    return {name: _joined(texts) for name, texts in found.items()}


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())


def _sphinx(lines: Sequence[str]) -> Docs:
    description: list[str] = []
    parameters: dict[str, list[str]] = {}
    returns: list[str] = []
    current = description
    for line in lines:
        if item := _SPHINX_ITEM.match(line):
            current = parameters.setdefault(item[1], [])
            current.append(item[2])
        elif result := _SPHINX_RETURNS.match(line):
            current = returns
            current.append(result[1])
        elif _SPHINX_OTHER.match(line):
            current = []
        else:
            current.append(line)
    told = {name: _joined(texts) for name, texts in parameters.items()}
    return Docs("\n".join(description).strip(), told, _joined(returns))
