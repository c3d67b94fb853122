"""The short form of connections, ``a.output -> b.input``, read into terms.

    line     = term ("->" term)+
    term     = constant | head ("." port ("." step)*)?
    constant = JSON text
    head     = "<>" | NAME | NAME "::" COMPONENT "[" NAME? "]"
    port     = NAME | STRING | "<error>"
    step     = NAME | STRING
    NAME     = letters, digits, "_", and "-" between them
    STRING   = JSON text of a string

A term does not know which side it is on, nor whether ``true`` is a constant or an instance of that
name: `manifest.connection` decides once all instances are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from wasmflow.manifest.block import NAME_PATTERN
from wasmflow.manifest.tree import excerpt
from wasmflow.packet import EMPTY, Empty
from wasmflow.problem import NOWHERE, Place, Problem
from wasmflow.types.json import loads
from wasmflow.types.model import Json, Misfit

#: The port of an instance that takes its failures.
ERROR: Final = "<error>"
#: Characters of a line. A larger constant is better pinned by `with`.
MAX_LINE: Final = 1 << 16

NAME: Final = re.compile(f"(?>{NAME_PATTERN.strip('^$')})")
_NAME = NAME.pattern
_STRING = r'"(?>[^"\\]+|\\.)*+"'
_REFERENCE = re.compile(
    rf"""(?: (?P<namespace>{_NAME}) :: (?P<component> (?: (?!->) [^\s\[\]"] )++ )
             \[ (?P<instance>{_NAME})? \]
           | (?P<name>{_NAME}) (?!::)
           | (?P<angle> <[a-z]*> )
         )
         (?P<steps> (?: \. (?: {_NAME} | {ERROR} | {_STRING} ) )*+ )""",
    re.VERBOSE | re.DOTALL,
)
_STEP = re.compile(rf"\.(?:(?P<name>{_NAME}|{ERROR})|(?P<quoted>{_STRING}))", re.DOTALL)
_QUALIFIED = re.compile(rf"{_NAME}::[^\s\[\]]*")
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_TOKEN = re.compile(rf'{_STRING}|[^"\[\]{{}}]+|(?P<open>[\[{{])|(?P<close>[\]}}])|"', re.DOTALL)
_END = re.compile(r"\s*(?:(?P<arrow>->)\s*|\Z)")
_OTHER_ARROWS: Final = ("→", "⇒", "=", "-", "–", "—", ">", "<-", "|")


class Misread(Exception):
    """A text is not a connection, or not one that can be. `problem` says why."""

    def __init__(self, message: str, hint: str, place: Place) -> None:
        super().__init__(message)
        self.problem = Problem(message, hint, place)


Locate = Callable[[int], Place]


def nowhere(_offset: int) -> Place:
    """Where the characters of a text stand that stands nowhere."""
    return NOWHERE


@dataclass(frozen=True, slots=True)
class Term:
    """One end of a connection as written."""

    text: str
    #: ``<>`` or the like, or the name of an instance; empty for a mere constant, and for an instance
    #: that is written in its place and has no name.
    name: str = ""
    #: Namespace and component of an instance that is written in its place.
    component: tuple[str, str] | None = None
    port: str | None = None
    path: tuple[str, ...] = ()
    #: The constant, if the text is JSON. Of ``5`` and ``true``, `name` is there as well.
    literal: Json | Empty = EMPTY
    place: Place = NOWHERE


def parse_line(text: str, locate: Locate = nowhere) -> tuple[Term, ...]:
    """The terms of a connection or chain, two or more. Raises `Misread`."""
    terms = _Reader(text, locate).terms()
    if len(terms) == 1:
        hint = "write instance.port -> instance.port"
        raise Misread("a connection needs '->'", hint, locate(len(text.rstrip())))
    return terms


def parse_end(text: str, locate: Locate = nowhere) -> Term:
    """The only term of a text. Raises `Misread`."""
    terms = _Reader(text, locate).terms()
    if len(terms) > 1:
        hint = "write only what stands on this side of '->'"
        raise Misread("this is a whole connection and not one end of it", hint, locate(0))
    return terms[0]


class _Reader:
    """Reads the terms of one text, from left to right."""

    def __init__(self, text: str, locate: Locate) -> None:
        self._text = text
        self._locate = locate

    def terms(self) -> tuple[Term, ...]:
        if len(self._text) > MAX_LINE:
            hint = "pin large constants by the `with` of an instance"
            raise self._misread(f"a connection has at most {MAX_LINE:,} characters", hint, 0)
        at = len(self._text) - len(self._text.lstrip())
        terms = []
        while True:
            term, at = self._term(at)
            terms.append(term)
            end = _END.match(self._text, at)
            if end is None or end["arrow"] is None:
                return tuple(terms)
            at = end.end()

    def _misread(self, message: str, hint: str, at: int) -> Misread:
        return Misread(message, hint, self._locate(at))

    def _ends(self, at: int) -> bool:
        return _END.match(self._text, at) is not None

    def _term(self, begin: int) -> tuple[Term, int]:
        """The term at `begin`, and where it ends: before an arrow or the end of the text."""
        literal, end = self._constant(begin)
        match = _REFERENCE.match(self._text, begin)
        if match and self._ends(match.end()):
            return self._reference(match, literal), match.end()
        if literal is EMPTY:
            if match:
                raise self._unexpected(match)
            raise self._no_term(begin)
        return Term(self._text[begin:end], literal=literal, place=self._locate(begin)), end

    def _constant(self, begin: int) -> tuple[Json | Empty, int]:
        """The constant at `begin` and where it ends; `EMPTY` if there is none."""
        scalar = _SCALAR.match(self._text, begin)
        if scalar and self._ends(scalar.end()):
            end = scalar.end()
        elif self._text.startswith(('"', "[", "{"), begin):
            end = self._closing(begin)
        else:
            return EMPTY, begin
        try:
            return loads(self._text[begin:end]), end
        except Misfit as misfit:
            raise self._misread(f"this constant cannot be read: {misfit}", "", begin) from None

    def _closing(self, begin: int) -> int:
        """Where the string, list or object at `begin` ends."""
        depth = 0
        for token in _TOKEN.finditer(self._text, begin):
            if token[0] == '"':
                raise self._misread("this quote is never closed", "", token.start())
            depth += (token["open"] is not None) - (token["close"] is not None)
            if depth == 0:
                if not self._ends(token.end()):
                    raise self._misread("'->' must follow this constant", "", token.end())
                return token.end()
        raise self._misread("this bracket is never closed", "", begin)

    def _reference(self, match: re.Match[str], literal: Json | Empty) -> Term:
        steps = list(self._steps(match))
        component = (match["namespace"], match["component"]) if match["component"] else None
        return Term(
            text=match[0],
            name=match["name"] or match["angle"] or match["instance"] or "",
            component=component,
            port=steps[0] if steps else None,
            path=tuple(steps[1:]),
            literal=literal,
            place=self._locate(match.start()),
        )

    def _steps(self, match: re.Match[str]) -> Iterator[str]:
        """The port, then the path."""
        begin, end = match.span("steps")
        for step in _STEP.finditer(self._text, begin, end):
            if step["name"] == ERROR and step.start() > begin:
                hint = "it is a port, and follows the instance"
                raise self._misread(f"{ERROR} cannot be part of a path", hint, step.start() + 1)
            yield step["name"] or self._unquote(step)

    def _unquote(self, step: re.Match[str]) -> str:
        try:
            return str(loads(step["quoted"]))
        except Misfit as misfit:
            message = f"this name cannot be read: {misfit}"
            raise self._misread(message, "", step.start("quoted")) from None

    def _unexpected(self, match: re.Match[str]) -> Misread:
        """What is wrong behind a good beginning of a term."""
        at = match.end()
        rest = self._text[at:].lstrip()
        begin = len(self._text) - len(rest)
        if rest.startswith("=>"):
            return self._misread("'=>' is of version 0", "write '->'", begin)
        if self._text.startswith("[", at):
            hint = f"write {excerpt(match[0])}.PORT"
            return self._misread("a port stands after a point, not in brackets", hint, at)
        if self._text.startswith('."', at):
            return self._misread("this quote is never closed", "", at + 1)
        if self._text.startswith(".", at):
            hint = 'other names are put in quotes: a.output."first name"'
            return self._misread("a name must follow this point", hint, at)
        hint = "names have letters, digits, '_' and '-'; other ports and fields are put in quotes"
        if rest.startswith(_OTHER_ARROWS):
            hint = "the arrow is written '->'"
        return self._misread(f"'->' must follow here, not '{excerpt(rest, 20)}'", hint, begin)

    def _no_term(self, begin: int) -> Misread:
        """Why no term begins here."""
        rest = self._text[begin:]
        if not rest or rest.startswith("->"):
            where = "before" if rest else "after"
            empty = not self._text.strip()
            message = "this is empty" if empty else f"something must stand {where} '->'"
            return self._misread(message, "write instance.port -> instance.port", begin)
        if qualified := _QUALIFIED.match(rest):
            return self._no_instance(qualified[0], begin)
        if rest.startswith("'"):
            return self._misread("a constant is JSON, with double quotes", "", begin)
        hint = "write an instance, <> for the flow itself, or JSON for a constant"
        return self._misread(f"'{excerpt(rest, 20)}' is no end of a connection", hint, begin)

    def _no_instance(self, name: str, begin: int) -> Misread:
        if self._text.startswith("[", begin + len(name)):
            hint = "it has letters, digits, '_', and '-' between them, or is left out"
            return self._misread(
                "there cannot be an instance of that name", hint, begin + len(name) + 1
            )
        hint = (
            "put brackets after the component: text::greet[], or text::greet[NAME] to use it again"
        )
        return self._misread(
            f"'{excerpt(name)}' is a component, not an instance of one", hint, begin
        )
