"""The paths of routes: what their authors write, and which of them a request is for. Pure.

A segment of a path is text, ``{name}`` or ``{name:type}``; the last one may be ``*`` or ``{name*}`` for
all that follows. Text is preferred to a parameter, one with a type to one without, and any of these
to the rest; so the order of routes does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, NamedTuple, TypeVar
from urllib.parse import unquote

from wasmflow.triggers.http.paths import leads_out, read_elsewhere
from wasmflow.types import model as wit
from wasmflow.types.grammar import TypeSyntaxError, parse_type
from wasmflow.types.text import reader
from wasmflow.types.wit import spell_out

T = TypeVar("T")

#: The name of what ``*`` stands for.
REST: Final = "*"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class BadPattern(ValueError):
    """A route whose key cannot be read; the message says why."""


class Parameter(NamedTuple):
    """A part of a path that a request chooses."""

    name: str
    type: wit.Type | None = None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """The key of a route."""

    #: Empty for all.
    methods: tuple[str, ...]
    segments: tuple[str | Parameter, ...]

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Those of its path, by name."""
        return {each.name: each for each in self.segments if isinstance(each, Parameter)}

    @property
    def route(self) -> str:
        """The path as it is written, which no other route of the same methods has."""
        return self._written(typed=True)

    @property
    def path(self) -> str:
        """The same without types, which a description of an API says elsewhere."""
        return self._written(typed=False)

    def _written(self, *, typed: bool) -> str:
        return "/" + "/".join(
            each if isinstance(each, str) else _parameter(each, typed=typed)
            for each in self.segments
        )


def _parameter(parameter: Parameter, *, typed: bool) -> str:
    if parameter.name == REST:
        return REST
    type_ = f":{spell_out(parameter.type)}" if typed and parameter.type is not None else ""
    return f"{{{parameter.name}{type_}{'*' if parameter.rest else ''}}}"


METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def parse_pattern(key: str) -> Pattern:
    """The route that a key stands for. Raises `BadPattern`."""
    methods, _, path = key.rpartition(" ")
    named = tuple(methods.split("|")) if methods else ()
    for method in named:
        if method not in METHODS:
            raise BadPattern(f"'{method}' is no method; there are {', '.join(sorted(METHODS))}")
    if not path.startswith("/"):
        raise BadPattern("a path begins with '/'")
    segments = tuple(map(_segment, path[1:].split("/")))
    names = [each.name for each in segments if isinstance(each, Parameter)]
    if len(set(names)) < len(names):
        raise BadPattern("two of its parameters have the same name")
    if any(isinstance(each, Parameter) and each.rest for each in segments[:-1]):
        raise BadPattern("'*' stands for all that follows: nothing can stand behind it")
    return Pattern(named, segments)


def _segment(text: str) -> str | Parameter:
    if text == REST:
        return Parameter(REST, rest=True)
    if not (text.startswith("{") and text.endswith("}")):
        if set(text) & set("{}*?#"):
            raise BadPattern(f"'{text}' is neither text nor one parameter: write {{name}}")
        return unquote(text)
    name, colon, type_text = text[1:-1].partition(":")
    rest = name.endswith("*")
    name = name.removesuffix("*")
    if not _NAME.fullmatch(name):
        raise BadPattern(f"'{name}' cannot be the name of a parameter")
    if rest and colon:
        raise BadPattern(
            f"'{name}' stands for several segments, which are text: leave the type out"
        )
    return Parameter(name, _type(name, type_text) if colon else None, rest)


def _type(name: str, text: str) -> wit.Type:
    try:
        return parse_type(text.strip())
    except TypeSyntaxError as error:
        raise BadPattern(f"the type of '{name}': {error.problem}") from None


# --- matching ---------------------------------------------------------------------------------


class Match(NamedTuple, Generic[T]):
    """The route that a request is for."""

    target: T
    params: Mapping[str, str]
    #: Its path as it is written; empty if it is none.
    route: str = ""
    #: Whether the path goes on to who may read it in another way.
    passed_on: bool = False


@dataclass(frozen=True, slots=True)
class NoMatch:
    """There is no route for a request."""

    #: The methods that there are for its path.
    methods: tuple[str, ...] = ()
    #: Whether there would be one, but for what else its path can be read as.
    ambiguous: bool = False


@dataclass(slots=True)
class _Node(Generic[T]):
    """What can follow after some segments."""

    texts: dict[str, _Node[T]] = field(default_factory=dict)
    parameters: list[tuple[Callable[[str], bool], _Node[T]]] = field(default_factory=list)
    #: By method; ``""`` for all methods.
    here: dict[str, tuple[Pattern, Match[T]]] = field(default_factory=dict)
    rest: dict[str, tuple[Pattern, Match[T]]] = field(default_factory=dict)
    typed: dict[wit.Type | None, _Node[T]] = field(default_factory=dict)


class Routes(Generic[T]):
    """Patterns with what they lead to."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        #: What a path without parameters leads to, which most requests are for.
        self._plain: dict[tuple[str, str], Match[T]] = {}

    def add(self, pattern: Pattern, target: T, *, passed_on: bool = False) -> Pattern | None:
        """Add a route; the one that is there already for the same, if there is one.

        With `passed_on`, whoever answers may read the path in another way.
        """
        node, segments = self._root, pattern.segments
        leaf: dict[str, tuple[Pattern, Match[T]]] | None = None
        for segment in segments:
            if isinstance(segment, Parameter) and segment.rest:
                leaf = node.rest
            else:
                node = _next(node, segment)
        leaf = node.here if leaf is None else leaf
        found = Match(target, {}, pattern.route, passed_on)
        for method in pattern.methods or ("",):
            if method in leaf:
                return leaf[method][0]
            leaf[method] = (pattern, found)
            path = "/" + "/".join(str(each) for each in segments)
            if method and not pattern.parameters and _is_as_sent(path, segments):
                self._plain[method, path] = found
        return None

    def find(self, method: str, path: str) -> Match[T] | NoMatch:
        """The route for a request, if there is one.

        `path` is percent-encoded, so that a segment may hold a slash.
        """
        plain = self._plain.get((method, path))
        if plain is not None:
            return plain
        segments = [unquote(segment) for segment in path[1:].split("/")]
        found = self._find(method, segments)
        if isinstance(found, Match) and found.passed_on:
            read = read_elsewhere(segments)
            if leads_out(read) or self._is_for_another(found, method, read):
                return NoMatch(ambiguous=True)
        return found

    def _find(self, method: str, segments: Sequence[str]) -> Match[T] | NoMatch:
        allowed: dict[str, None] = {}
        for leaf, values in _leaves(self._root, segments, 0, ()):
            for wanted in (method, "GET", "") if method == "HEAD" else (method, ""):
                if wanted in leaf:
                    pattern, found = leaf[wanted]
                    params = dict(zip(pattern.parameters, values, strict=True))
                    return Match(found.target, params, found.route, found.passed_on)
            allowed |= dict.fromkeys(leaf)
        return NoMatch(tuple(allowed))

    def _is_for_another(self, found: Match[T], method: str, read: Sequence[str]) -> bool:
        """Whether a path is for another route than that which was found, where it is read so."""
        there = self._find(method, read)
        return not isinstance(there, Match) or there.target is not found.target


def _is_as_sent(path: str, segments: Sequence[object]) -> bool:
    """Whether a decoded path is what is sent for it."""
    return "%" not in path and path.count("/") == len(segments)


def _next(node: _Node[T], segment: str | Parameter) -> _Node[T]:
    if isinstance(segment, str):
        return node.texts.setdefault(segment, _Node())
    if segment.type not in node.typed:
        child = node.typed[segment.type] = _Node()
        entry = (_fits(segment.type), child)
        # One without a type takes everything, so it comes last.
        node.parameters.insert(len(node.parameters) if segment.type is None else 0, entry)
    return node.typed[segment.type]


def _fits(type_: wit.Type | None) -> Callable[[str], bool]:
    if type_ is None:
        return bool
    read = reader(type_)

    def fits(text: str) -> bool:
        try:
            read(text)
        except wit.Misfit:
            return False
        return bool(text)

    return fits


def _leaves(
    node: _Node[T], segments: Sequence[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[dict[str, tuple[Pattern, Any]], tuple[str, ...]]]:
    """What fits these segments, the most particular first, with the values of its parameters."""
    if at == len(segments):
        if node.here:
            yield node.here, values
        return
    segment = segments[at]
    if segment in node.texts:
        yield from _leaves(node.texts[segment], segments, at + 1, values)
    for fits, child in node.parameters:
        if fits(segment):
            yield from _leaves(child, segments, at + 1, (*values, segment))
    if node.rest:
        yield node.rest, (*values, "/".join(segments[at:]))
