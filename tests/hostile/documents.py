"""Manifests and values that are made to burst whoever reads them, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_HEAD: Final = "version: 1\n"


@dataclass(frozen=True)
class Bomb:
    """A text to be refused, and what the first thing is that is said of it."""

    name: str
    text: str | bytes
    words: str

    def __str__(self) -> str:
        return self.name


def _flow(connection: str) -> str:
    return f"{_HEAD}components:\n  c:\n    flow:\n      - {connection}\n"


def _external(reference: str) -> str:
    return f"{_HEAD}external: {{ a: {{ kind: wasm, reference: {reference} }} }}\n"


def _port(type_: str) -> str:
    return f"{_HEAD}components:\n  c:\n    inputs: {{ x: {{ type: '{type_}' }} }}\n    flow: ['<>.x -> <>']\n"


def _laughs() -> str:
    """Ten times ten times ten …"""
    lines = ["a0: &a0 [" + "x," * 10 + "]"]
    lines += [f"a{i}: &a{i} [" + f"*a{i - 1}," * 10 + "]" for i in range(1, 12)]
    return _HEAD + "\n".join(lines)


_NESTED: Final = "nested more than 100 deep"
_TAGS: Final = "manifests have no YAML tags"
_DIGITS: Final = "more than 1000 digits"

MANIFESTS: Final = (
    Bomb("a billion laughs", _laughs(), "at most 200,000 keys and values"),
    Bomb(
        "an alias in what it stands for",
        f"{_HEAD}components: &a [*a]\n",
        "stands inside what it stands for",
    ),
    Bomb(
        "keys that are merged",
        f"{_HEAD}x: &x {{a: 1}}\ny: {{<<: [*x, *x]}}\n",
        "a manifest has no key 'x'",
    ),
    Bomb("a million open brackets", f"{_HEAD}components: " + "[" * 1_000_000, _NESTED),
    Bomb("a hundred thousand open mappings", f"{_HEAD}components: " + "{a: " * 100_000, _NESTED),
    Bomb("a hundred thousand dashes", f"{_HEAD}components:\n" + "- " * 100_000, _NESTED),
    Bomb("a hundred thousand question marks", "? " * 100_000, _NESTED),
    Bomb(
        "a mapping in a mapping, line by line",
        "\n".join(" " * i + "a:" for i in range(2000)),
        _NESTED,
    ),
    Bomb("a number of a million digits", "version: " + "9" * 1_000_000, _DIGITS),
    Bomb("a number beyond all numbers", "version: 1e999999999", "'version' must be 1"),
    Bomb(
        "a number to the base of sixty",
        "version: " + ":".join(["59"] * 200_000),
        "'version' must be 1",
    ),
    Bomb(
        "a key that stands there twice",
        f"{_HEAD}components: {{a: {{}}, a: {{}}}}\n",
        "needs the key 'flow'",
    ),
    Bomb(
        "a hundred thousand keys that are one",
        f"{_HEAD}components: {{" + "a: 1, " * 100_000 + "}",
        "twice",
    ),
    Bomb("more bytes than are read", f"{_HEAD}description: " + "x" * (5 << 20), "at most 4 MiB"),
    Bomb(
        "five thousand problems",
        _HEAD + "\n".join(f"k{i}: 1" for i in range(5_000)),
        "no key 'k0'",
    ),
    Bomb("a program in a tag", "!!python/object/apply:os.abort []", "a manifest must be a mapping"),
    Bomb(
        "a name of the host in a tag",
        f"{_HEAD}description: !!python/name:os.environ\n",
        "must be text",
    ),
    Bomb("bytes in a tag", f"{_HEAD}description: !!binary aGVsbG8=\n", _TAGS),
    Bomb("a zero byte", f"{_HEAD}description: a\0b\n", "U+0000 is not allowed"),
    Bomb("what commands a terminal", f"{_HEAD}\x1b[2Jdescription: x\n", "U+001B is not allowed"),
    Bomb("bytes that are no text", b"version: 1\ndescription: \xff\xfe\n", "not UTF-8"),
    Bomb("UTF-16", _HEAD.encode("utf-16"), "UTF-16"),
    Bomb("a hundred thousand documents", "---\n" * 100_000, "one YAML document"),
    Bomb("a list as key", f"{_HEAD}? [a, b]\n: c\n", "a list cannot be a key"),
    Bomb("a line without end", _flow("a" * 70_000 + " -> b"), "at most 65,536 characters"),
    Bomb("a chain of ten thousand", _flow(" -> ".join(["a"] * 10_000)), "there is no instance 'a'"),
    Bomb("twenty thousand open brackets in a line", _flow("a[" * 20_000), "not in brackets"),
    Bomb(
        "twenty thousand edges in a line", _flow("<>" * 20_000 + " -> b"), "'->' must follow here"
    ),
    Bomb(
        "a quote with escapes without end", _flow("'" + '"' + "\\\\" * 20_000 + "'"), "never closed"
    ),
    Bomb(
        "twenty thousand fields in a line",
        _flow("a" + ".a" * 20_000 + " -> b"),
        "there is no instance 'a'",
    ),
    Bomb("a list of lists of lists …", _port("list<" * 20_000), "nested more than 64 levels deep"),
    Bomb(
        "a tuple of two hundred thousand",
        _port("tuple<" + "u8," * 200_000 + "u8>"),
        "at most 10,000 parts",
    ),
    Bomb(
        "a variable in a variable in …",
        f"{_HEAD}external: {{ a: '" + "${A:-" * 20_000 + "' }\n",
        "more than 65,536 characters",
    ),
    Bomb("itself", f"{_HEAD}external: {{ me: ./bomb.yaml }}\n", "in a circle"),
    Bomb(
        "a flow that uses itself",
        f"{_HEAD}components: {{ c: {{ flow: ['<>.x -> self::c[a].x', 'a -> <>'] }} }}\n",
        "uses itself",
    ),
    Bomb("bytes without end", _external("/dev/zero"), "is not a file"),
    Bomb("a folder", _external("/"), "is not a file"),
)


def doubling(levels: int) -> str:
    """A manifest whose every flow uses the next one twice: two to the power of its levels in all."""
    flows = [
        f"  c{i}: {{ flow: ['<>.x -> self::c{i + 1}[a].x', 'a -> self::c{i + 1}[b].x', 'b -> <>'] }}"
        for i in range(levels)
    ]
    last = f"  c{levels}: {{ flow: ['<>.x -> <>.output'] }}"
    return "\n".join([_HEAD + "components:", *flows, last])


JSON: Final = (
    Bomb("a million open brackets", "[" * 1_000_000, "more than 128 levels"),
    Bomb("a hundred thousand open objects", '{"a":' * 100_000, "more than 128 levels"),
    Bomb("brackets in strings beside brackets", '["[",' * 100_000, "more than 128 levels"),
    Bomb("a number of a million digits", "1" * 1_000_000, "too many digits"),
    Bomb("a number beyond all numbers", "1e400", "beyond the range"),
    Bomb("a number with an exponent without end", "1e" + "9" * 1_000_000, "beyond the range"),
    Bomb("not a number", "NaN", "NaN is not JSON"),
    Bomb("infinity", "[-Infinity]", "-Infinity is not JSON"),
    Bomb("half of a surrogate pair", r'"\ud800"', "surrogate"),
    Bomb("half of a surrogate pair as bytes", b'"\xed\xa0\x80"', "not UTF-8"),
    Bomb("a key that stands there twice", '{"a":1,"a":2}', "stands twice"),
    Bomb(
        "a hundred thousand keys that are one", "{" + '"a":1,' * 100_000 + '"a":1}', "stands twice"
    ),
    Bomb("a text without end", '"' + "x" * 1_000_000, "not JSON: unterminated string"),
    Bomb("escapes without end", '"' + "\\\\" * 500_000, "not JSON: unterminated string"),
    Bomb("a line break in a text", '"a\nb"', "not JSON: invalid control character"),
    Bomb("a second value", "1 2", "not JSON: extra data"),
    Bomb("a comment", "/* 1 */ 1", "not JSON: expecting value"),
    Bomb("nothing", " " * 100_000, "there is nothing"),
)
