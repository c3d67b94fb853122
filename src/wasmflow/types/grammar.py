"""Reads the text of a type: what manifests state under `inputs:` and `outputs:`.

All type expressions of WIT, and, since a manifest has nowhere to declare types, records, variants,
enums and flags written in place: ``record {name: string, age: option<u32>}``. `any` is a JSON value,
`bytes` is ``list<u8>``. What is printed by `wit.spell_out` is read back as the same type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple, NoReturn, TypeVar

from wasmflow.naming import canonical, suggestion
from wasmflow.types import model as wit
from wasmflow.types.scalars import quoted

T = TypeVar("T")

#: How deep types may be nested; code that recurses through a type needs a few frames per level.
DEPTH: Final = 64
#: Types and names in a type. Functions of components have two thousand at most.
PARTS: Final = 10_000


class TypeSyntaxError(wit.Misfit):
    """A text that is no type."""

    def __init__(self, problem: str, offset: int, hint: str = "") -> None:
        advice = f". Hint: {hint}" if hint else ""
        super().__init__(f"{problem} (character {offset + 1}){advice}")
        self.problem = problem
        #: Where in the text, counted from 0.
        self.offset = offset
        self.hint = hint


def parse_type(text: str) -> wit.Type:
    """The type that a text spells. Raises `TypeSyntaxError`, a `Misfit`."""
    parser = _Parser(text)
    type_ = parser.type(0)
    parser.end()
    return type_


class PortType(NamedTuple):
    """What is stated of a port: the type of its values, and whether it is a stream of them."""

    type: wit.Type
    stream: bool


def parse_port_type(text: str) -> PortType:
    """A type, or ``stream<T>`` around one. Raises `TypeSyntaxError`, a `Misfit`."""
    parser = _Parser(text)
    port = parser.port_type()
    parser.end()
    return port


_SIMPLE: Final[dict[str, wit.Type]] = {
    **{scalar.value: scalar for scalar in wit.Scalar},
    "any": wit.ANY,
    "bytes": wit.BYTES,
}
_BUILT: Final = ("list", "option", "tuple", "result", "record", "variant", "enum", "flags")

#: What people who know other languages write, and what it is here.
_ELSEWHERE: Final = {
    "str": "string",
    "text": "string",
    "int": "s64",
    "integer": "s64",
    "float": "f64",
    "double": "f64",
    "number": "f64",
    "boolean": "bool",
    "float32": "f32",
    "float64": "f64",
    "i8": "s8",
    "i16": "s16",
    "i32": "s32",
    "i64": "s64",
    "byte": "u8",
    "json": "any",
    "object": "any",
    "array": "list<…>",
    "map": "list<tuple<string, …>>",
    "dict": "list<tuple<string, …>>",
    "struct": "record {…}",
    "union": "variant {…}",
    "optional": "option<…>",
}
_NO_VALUES: Final = frozenset({"future", "error-context", "own", "borrow", "resource", "func"})

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<word>%?[A-Za-z_][A-Za-z0-9_-]*)|(?P<mark>[<>{}(),:])|(?P<other>\S+)|$)"
)
_NAME: Final = re.compile(r"%?([A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*)")


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self._parts = 0
        self._advance()

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._end)
        assert found is not None  # noqa: S101 - the pattern takes anything
        self._kind = found.lastgroup
        self._word = found[found.lastgroup] if found.lastgroup else ""
        self._end = found.end()
        self._offset = self._end - len(self._word)

    def port_type(self) -> PortType:
        if self._accept("stream"):
            return PortType(self._one("stream", 1), stream=True)
        return PortType(self.type(0), stream=False)

    def type(self, depth: int) -> wit.Type:
        if depth > DEPTH:
            raise TypeSyntaxError(f"nested more than {DEPTH} levels deep", self._offset)
        self._count()
        if self._kind != "word":
            self._unexpected("a type")
        word, offset = self._word, self._offset
        self._advance()
        if word in _SIMPLE:
            return _SIMPLE[word]
        return self._built(word, offset, depth + 1)

    def _built(self, word: str, offset: int, depth: int) -> wit.Type:
        match word:
            case "list":
                return wit.List(self._one(word, depth))
            case "option":
                return wit.Option(self._one(word, depth))
            case "tuple":
                return wit.Tuple(self._several("<", lambda: self.type(depth), ">"))
            case "result":
                return self._result(depth)
            case "record":
                return wit.Record(self._declared(lambda name: self._field(name, depth)))
            case "variant":
                return wit.Variant(self._declared(lambda name: self._case(name, depth)))
            case "enum":
                return wit.Enum(self._declared(str))
            case "flags":
                return wit.Flags(self._declared(str))
        raise TypeSyntaxError(f"there is no type {quoted(word)}", offset, _advice(word))

    def _count(self) -> None:
        self._parts += 1
        if self._parts > PARTS:
            raise TypeSyntaxError(f"a type has at most {PARTS:,} parts", self._offset)

    def _one(self, word: str, depth: int) -> wit.Type:
        hint = f"write {word}<T>, as in {word}<string>"
        self._expect("<", hint)
        type_ = self.type(depth)
        self._expect(">", hint)
        return type_

    def _result(self, depth: int) -> wit.Type:
        if not self._accept("<"):
            return wit.Result(None, None)
        ok = None if self._accept("_") else self.type(depth)
        err = self.type(depth) if self._accept(",") else None
        if ok is None and err is None:
            self._unexpected("','")
        self._expect(">")
        return wit.Result(ok, err)

    def _field(self, name: str, depth: int) -> wit.Part:
        self._expect(":")
        return wit.Part(name, self.type(depth))

    def _case(self, name: str, depth: int) -> wit.Part:
        if not self._accept("("):
            return wit.Part(name, None)
        payload = self.type(depth)
        self._expect(")")
        return wit.Part(name, payload)

    def _declared(self, finish: Callable[[str], T]) -> tuple[T, ...]:
        """What stands in braces: each a name, none of them twice, and what belongs to it."""
        names: set[str] = set()

        def item() -> T:
            self._count()
            offset, name = self._offset, self._name()
            spelling = canonical(name).lower()
            if spelling in names:
                raise TypeSyntaxError(f"'{name}' stands there twice", offset)
            names.add(spelling)
            return finish(name)

        return self._several("{", item, "}")

    def _name(self) -> str:
        match = _NAME.fullmatch(self._word)
        if match is None:
            self._unexpected("a name")
        self._advance()
        return match[1]

    def _several(self, opening: str, item: Callable[[], T], closing: str) -> tuple[T, ...]:
        """One or more, with commas between and perhaps after them."""
        self._expect(opening)
        items = [item()]
        while self._accept(",") and self._word != closing:
            items.append(item())
        self._expect(closing)
        return tuple(items)

    def _accept(self, word: str) -> bool:
        if self._word != word:
            return False
        self._advance()
        return True

    def _expect(self, word: str, hint: str = "") -> None:
        if not self._accept(word):
            self._unexpected(f"'{word}'", hint)

    def end(self) -> None:
        if self._kind is not None:
            self._unexpected("nothing more")

    def _unexpected(self, wanted: str, hint: str = "") -> NoReturn:
        text = self._text.strip()
        found = f"{quoted(self._word)} in" if self._word else "the end of"
        found = f"{found} {quoted(text)}" if text else "nothing"
        raise TypeSyntaxError(f"expected {wanted}, found {found}", self._offset, hint)


def _advice(word: str) -> str:
    if word == "stream":
        return "'stream<…>' is the outermost: a port is a stream, its values are not"
    if word in _NO_VALUES:
        return "values of a port cannot be of this type"
    if here := _ELSEWHERE.get(word.lower()):
        return f"it is called '{here}' here"
    return suggestion(word, (*_SIMPLE, *_BUILT), noun="WIT")
