"""The text of types as WIT has it: for people, in WIT files, and (from `grammar`) read back.

Messages and `inspect` print types with `format_type`; `build --print-wit` and `inspect --wit` print
whole interfaces; manifests state types that `parse_type` reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Final, TypeAlias

from wasmflow.types import model as wit
from wasmflow.types.grammar import TypeSyntaxError, parse_type
from wasmflow.types.parts import children

__all__ = [
    "KEYWORDS",
    "Function",
    "Resource",
    "TypeSyntaxError",
    "describe",
    "documented",
    "format_definition",
    "format_interface",
    "format_type",
    "identifier",
    "is_identifier",
    "kebab",
    "parse_type",
    "spell_out",
]

# --- names ------------------------------------------------------------------------------------

#: Words that WIT reads as themselves; as names they need a % before them.
KEYWORDS: Final = frozenset(
    """
    as async bool borrow char constructor enum error-context export f32 f64 flags from func future
    import include interface list map option own package record resource result s16 s32 s64 s8
    static stream string tuple type u16 u32 u64 u8 use variant with world
    """.split()  # noqa: SIM905 - a list of them would fill the page
)

_IDENTIFIER: Final = re.compile(r"(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:[0-9a-z]+|[0-9A-Z]+))*")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z0-9]+")


def is_identifier(name: str) -> bool:
    """Whether WIT can declare this name as it is (keywords with a % before them)."""
    return _IDENTIFIER.fullmatch(name) is not None


def kebab(name: str) -> str:
    """The WIT spelling of a name of another language: `firstName`, `first_name` → `first-name`.

    Characters that WIT has no place for are left out; a name of nothing else becomes `x`.
    """
    if is_identifier(name):
        return name
    words = "-".join(word.lower() for word in _WORDS.findall(name)) or "x"
    return words if words[0].isalpha() else f"x{words}"


def identifier(name: str) -> str:
    """A name as it is declared in WIT text."""
    word = kebab(name)
    return f"%{word}" if word in KEYWORDS else word


# --- types ------------------------------------------------------------------------------------

#: The types that WIT declares under a name, and our own.
_Declared: TypeAlias = wit.Record | wit.Variant | wit.Enum | wit.Flags | wit.Anything
#: What stands for a declared type: its name, or the pieces of what is in its braces.
_Refer: TypeAlias = Callable[[_Declared], Iterable[str]]

_LENGTH: Final = 60


def format_type(type_: wit.Type | None) -> str:
    """A type as people read it: by the names it was declared under, written out where it has none.

    ``None``, a generic type, is `any`, which is what it comes to where nothing determines it.
    """
    return _text(wit.ANY if type_ is None else type_, _by_name)


def describe(type_: wit.Type | None) -> str:
    """The same, cut off where it would drown a message."""
    text = ""
    for piece in _pieces(wit.ANY if type_ is None else type_, _by_name):
        text += piece
        if len(text) > _LENGTH:  # what a binary or manifest declares may have thousands of parts
            return f"{text[: _LENGTH - 1]}…"
    return text


def spell_out(type_: wit.Type) -> str:
    """A type with nothing left to a name. `parse_type` makes an equal type of it."""
    return _text(type_, _in_place)


def _by_name(type_: _Declared) -> Iterable[str]:
    if isinstance(type_, wit.Anything):
        return ("any",)
    return (type_.name,) if type_.name else _in_braces(type_, _by_name)


def _in_place(type_: _Declared) -> Iterable[str]:
    return ("any",) if isinstance(type_, wit.Anything) else _in_braces(type_, _in_place)


def _in_braces(type_: _Declared, refer: _Refer) -> Iterator[str]:
    yield f"{_keyword(type_)} {{"
    yield from _separated(_lines(type_, refer))
    yield "}"


def _text(type_: wit.Type, refer: _Refer) -> str:
    return "".join(_pieces(type_, refer))


def _pieces(type_: wit.Type, refer: _Refer) -> Iterator[str]:
    """The text of a type bit by bit: who wants only its beginning does not make all of it."""
    match type_:
        case wit.Scalar():
            yield type_.value
        case wit.List():
            yield from _bracketed("list", [_pieces(type_.element, refer)])
        case wit.Option():
            yield from _bracketed("option", [_pieces(type_.payload, refer)])
        case wit.Tuple():
            yield from _bracketed("tuple", (_pieces(each, refer) for each in type_.elements))
        case wit.Result(None, None):
            yield "result"
        case wit.Result(ok, err):
            parts = [ok] if err is None else [ok, err]
            yield from _bracketed(
                "result", (_pieces(each, refer) if each else "_" for each in parts)
            )
        case _:
            yield from refer(type_)


def _bracketed(word: str, parts: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f"{word}<"
    yield from _separated(parts)
    yield ">"


def _separated(parts: Iterable[Iterable[str]]) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number:
            yield ", "
        yield from part


def _keyword(type_: _Declared) -> str:
    return "record" if isinstance(type_, wit.Anything) else type(type_).__name__.lower()


def _lines(
    type_: _Declared, refer: _Refer, spell: Callable[[str], str] = str
) -> Iterator[Iterable[str]]:
    """What stands in the braces of a declaration, each line in pieces."""
    match type_:
        case wit.Anything():
            yield ("json: string",)
        case wit.Enum():
            yield from ((spell(name),) for name in type_.cases)
        case wit.Flags():
            yield from ((spell(name),) for name in type_.names)
        case wit.Record():
            for name, part in type_.fields:
                yield chain((spell(name), ": "), _pieces(part or wit.ANY, refer))
        case wit.Variant():
            for name, part in type_.cases:
                payload = () if part is None else chain("(", _pieces(part, refer), ")")
                yield chain((spell(name),), payload)


# --- interfaces -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an interface, with its raw result."""

    name: str
    parameters: tuple[wit.Part, ...] = ()
    result: wit.Type | None = None
    docs: str = ""

    @property
    def parts(self) -> tuple[wit.Part, ...]:
        """All types of it, each with the name it has there."""
        return (*self.parameters, wit.Part("result", self.result))


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of an interface: what its constructor takes, and its methods."""

    name: str
    parameters: tuple[wit.Part, ...] = ()
    methods: tuple[Function, ...] = ()
    docs: str = ""
    #: What a constructor gives that fails; ``None`` if it cannot.
    error: wit.Type | None = None

    @property
    def parts(self) -> tuple[wit.Part, ...]:
        """All types of it, each with the name it has there."""
        inner = [part for each in self.methods for part in each.parts]
        return (*self.parameters, wit.Part("error", self.error), *inner)


_NO_DOCS: Final[Mapping[str, str]] = MappingProxyType({})


def format_interface(
    name: str,
    members: Sequence[Function | Resource],
    docs: str = "",
    type_docs: Mapping[str, str] = _NO_DOCS,
) -> str:
    """The WIT of an interface: the types that its members need, then the members.

    `type_docs` has the docs of types by their names. Types without a name get one from where they
    stand, and so does the later of two that differ under one name.
    """
    names = _type_names(members)

    def refer(type_: _Declared) -> str:
        return identifier(names[_key(type_)])

    blocks = [
        documented(type_docs.get(key[0] or "", ""), _definition(key[1], refer)) for key in names
    ]
    blocks += [documented(each.docs, _member(each, refer)) for each in members]
    body = "\n\n".join("\n".join(f"    {line}" for line in block) for block in blocks)
    head = documented(docs, [f"interface {identifier(name)} {{"])
    return "\n".join([*head, body, "}", ""] if body else [*head, "}", ""])


def format_definition(type_: wit.Record | wit.Variant | wit.Enum | wit.Flags) -> str:
    """The declaration of one type that has a name, over several lines."""
    return "\n".join(_definition(type_, lambda each: _by_name(each)))


def _definition(type_: _Declared, refer: _Refer) -> list[str]:
    name = "".join(refer(type_))
    body = [f"    {''.join(line)}," for line in _lines(type_, refer, identifier)]
    return [f"{_keyword(type_)} {name} {{", *body, "}"]


def _member(member: Function | Resource, refer: _Refer) -> list[str]:
    if isinstance(member, Function):
        return [_function(member, refer)]
    methods = [documented(each.docs, [_function(each, refer)]) for each in member.methods]
    lines = [_constructor(member, refer), *(line for each in methods for line in each)]
    return [f"resource {identifier(member.name)} {{", *(f"    {line}" for line in lines), "}"]


def _function(function: Function, refer: _Refer) -> str:
    result = "" if function.result is None else f" -> {_text(function.result, refer)}"
    return f"{identifier(function.name)}: func({_given(function.parameters, refer)}){result};"


def _constructor(resource: Resource, refer: _Refer) -> str:
    result = ""
    if resource.error is not None:
        result = f" -> result<{identifier(resource.name)}, {_text(resource.error, refer)}>"
    return f"constructor({_given(resource.parameters, refer)}){result};"


def _given(parameters: Sequence[wit.Part], refer: _Refer) -> str:
    return ", ".join(
        f"{identifier(name)}: {_text(type_ or wit.ANY, refer)}" for name, type_ in parameters
    )


#: What the parsers of WIT refuse even in comments: controls, and characters that mislead readers.
_REFUSED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u0149\u0673\u0f77\u0f79"
    "\u17a3\u17a4\u17b4\u17b5\ud800-\udfff]"
)


def documented(docs: str, lines: list[str]) -> list[str]:
    """The lines of a declaration, after its docs as comments."""
    comments = [_REFUSED.sub("", line) for line in docs.strip().splitlines()]
    return [f"/// {comment}".rstrip() for comment in comments] + lines


_Key: TypeAlias = tuple[str | None, _Declared]


def _key(type_: _Declared) -> _Key:
    return ("any" if isinstance(type_, wit.Anything) else type_.name, type_)


def _type_names(members: Sequence[Function | Resource]) -> dict[_Key, str]:
    """The types to declare, each after those it is made of, with names that nothing else has."""
    wanted: dict[_Key, str] = {}
    for member in members:
        for name, type_ in member.parts:
            _collect(type_, f"{member.name}-{name}", wanted)
    taken = {kebab(member.name).lower() for member in members}
    ours = _key(wit.ANY)
    first = {ours: "any"} if ours in wanted else {}
    return {key: _unused(name, taken) for key, name in (first | wanted).items()}


def _collect(type_: wit.Type | None, place: str, wanted: dict[_Key, str]) -> None:
    match type_:
        case None | wit.Scalar():
            return
        case wit.Record() | wit.Variant() | wit.Enum() | wit.Flags() | wit.Anything():
            key = _key(type_)
            name = key[0] or place
            for part, inner in children(type_):
                _collect(inner, f"{name}-{part}", wanted)
            wanted.setdefault(key, name)
        case _:
            for part, inner in children(type_):
                _collect(inner, f"{place}-{part}" if part else place, wanted)


def _unused(name: str, taken: set[str]) -> str:
    """The name, or the first of `name-2`, `name-3`, … that is free; taken from then on."""
    wanted = kebab(name)
    number = 1
    while wanted.lower() in taken:
        number += 1
        wanted = f"{kebab(name)}-{number}"
    taken.add(wanted.lower())
    return wanted
