"""Attacks on whoever reads what is returned: values that are none, and values beyond all measure."""

from __future__ import annotations

from typing import Final

from tests.hostile.attack import Attack
from tests.hostile.guests import MEMORY, named, plain, returning, stored

OUTSIDE: Final = "it gave a value that does not lie in its memory"
CHARACTER: Final = "it gave a character that does not exist"
CASE: Final = "it gave a case that does not exist"
UTF8: Final = "it gave text that is not valid UTF-8"
UTF16: Final = "it gave text that is not valid UTF-16"
BUDGET: Final = "it gave more than WebAssembly lets out in one call"
JSON: Final = "it returned an invalid value of type 'any'"


def _text(data: str, size: int, *, encoding: str = "utf8", length: int | None = None) -> str:
    """A text of these bytes, so many."""
    core = f'(data (i32.const 64) "{data}")'
    code = f"(result i32) {stored(64, size if length is None else length)} (i32.const 16)"
    options = f"{MEMORY} string-encoding={encoding}"
    return plain(code, core=core, type_="(result string)", options=options)


def _number(type_: str, code: int, declare: str = "") -> str:
    """A value that is passed as one number."""
    return plain(f"(result i32) (i32.const {code})", type_=f"(result {type_})", declare=declare)


def _json(begin: str, unit: str, end: str, size: int) -> str:
    """An `any` whose text is a beginning, a unit again and again, and an end."""
    at, start = 64 + len(begin), f'(data (i32.const 64) "{_escaped(begin + unit)}")'
    code = f"""(local $n i32) (local.set $n (i32.const {len(unit)}))
      (loop
        (memory.copy (i32.add (i32.const {at}) (local.get $n)) (i32.const {at}) (local.get $n))
        (local.set $n (i32.shl (local.get $n) (i32.const 1)))
        (br_if 0 (i32.lt_u (local.get $n) (i32.const {size}))))
      (memory.copy (i32.add (i32.const {at}) (local.get $n)) (i32.const 32) (i32.const {len(end)}))
      (i32.store (i32.const 16) (i32.const 64))
      (i32.store (i32.const 20) (i32.add (local.get $n) (i32.const {len(begin + end)})))"""
    any_ = '(type $t\' (record (field "json" string))) (export $t "any" (type $t\'))'
    return returning(
        "$t", code, declare=any_, core=f'{start} (data (i32.const 32) "{_escaped(end)}")'
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _deep(inner: str, levels: int) -> str:
    return f"(option {_deep(inner, levels - 1)})" if levels else inner


_FLAGS: Final = named("(flags " + " ".join(f'"a{"b" * 180}{i}"' for i in range(32)) + ")")

MALFORMED: Final = (
    Attack("text behind the end of its memory", _text("", 2, length=0x7FFFFFFF), OUTSIDE),
    Attack("text of minus one byte", _text("", 2, length=-1), OUTSIDE),
    Attack("text whose end is before its beginning", returning("string", stored(-16, 32)), OUTSIDE),
    Attack(
        "a list behind the end of its memory",
        returning("(list u64)", stored(64, 0x10000000)),
        OUTSIDE,
    ),
    Attack(
        "a list whose size is beyond 32 bits",
        returning("(list u64)", stored(64, 0x20000001)),
        OUTSIDE,
    ),
    Attack("a list between two addresses", returning("(list u64)", stored(65, 1)), OUTSIDE),
    Attack(
        "lists in a list, which lie nowhere",
        returning("(list (list u8))", stored(64, 1) + "(i32.store (i32.const 68) (i32.const -1))"),
        OUTSIDE,
    ),
    Attack(
        "a result between two addresses",
        plain("(result i32) (i32.const 17)", type_="(result (tuple u32 u32))", options=MEMORY),
        OUTSIDE,
    ),
    Attack(
        "a result behind the end of its memory",
        plain(
            "(result i32) (i32.const 0x7ffffff0)", type_="(result (tuple u32 u32))", options=MEMORY
        ),
        OUTSIDE,
    ),
    Attack("bytes that are no text", _text(r"\ff\fe\fd", 3), UTF8),
    Attack("a character written too long", _text(r"\c0\af", 2), UTF8),
    Attack("half of a surrogate pair as text", _text(r"\ed\a0\80", 3), UTF8),
    Attack("text that ends within a character", _text(r"\f0\9f\98", 3), UTF8),
    Attack("half of a surrogate pair as UTF-16", _text(r"\00\d8", 1, encoding="utf16"), UTF16),
    Attack(
        "text of UTF-16 between two addresses",
        plain(
            f"(result i32) {stored(65, 1)} (i32.const 16)",
            type_="(result string)",
            options=f"{MEMORY} string-encoding=utf16",
        ),
        OUTSIDE,
    ),
    Attack(
        "text that is both Latin-1 and UTF-16, and neither",
        _text(r"\00\dc", 0, encoding="latin1+utf16", length=-0x7FFFFFFF),
        UTF16,
    ),
    Attack("half of a surrogate pair as character", _number("char", 0xD800), CHARACTER),
    Attack("a character beyond the last", _number("char", 0x110000), CHARACTER),
    Attack("a case of an enum beyond the last", _number("$t", 7, named('(enum "a" "b")')), CASE),
    Attack(
        "a case of a variant beyond the last",
        _number("$t", -1, named('(variant (case "a") (case "b"))')),
        CASE,
    ),
    Attack("neither some nor none", returning("(option u32)", stored(2)), CASE),
    Attack("neither good nor bad", returning("(result u32)", stored(255)), CASE),
    Attack("a text of JSON that is none", _json("{", "x", "}", 1), JSON),
)

TOO_MUCH: Final = (
    Attack("more bytes than may come out", returning("(list u8)", stored(64, 3_000_000)), BUDGET),
    Attack(
        "the same text two thousand times",
        returning(
            "(list string)",
            "(local $i i32)"
            + stored(1024, 2000)
            + """(loop
             (i32.store (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 3))) (i32.const 65536))
             (i32.store (i32.add (i32.const 1028) (i32.shl (local.get $i) (i32.const 3))) (i32.const 100000))
             (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000))))""",
        ),
        BUDGET,
    ),
    Attack(
        "options in options, forty deep",
        returning(
            f"(list {_deep('u8', 40)})",
            stored(64, 500_000)
            + "(memory.fill (i32.const 64) (i32.const 1) (i32.const 0x1800000))",
        ),
        BUDGET,
    ),
    Attack(
        "flags with long names, all set",
        returning(
            "(list $t)",
            stored(64, 1_000_000)
            + "(memory.fill (i32.const 64) (i32.const 255) (i32.const 4000000))",
            declare=_FLAGS,
        ),
        BUDGET,
    ),
    Attack("JSON of sixteen million brackets", _json("[", "[]," * 64, "0]", 12_000_000), JSON),
    Attack("JSON nested without end", _json("", "[" * 64, "]", 1_000_000), JSON),
    Attack("a number of a million digits", _json("1", "1" * 64, "1", 1_000_000), JSON),
    Attack("a number beyond all numbers", _json("1e", "9" * 64, "9", 100), JSON),
    Attack("a key that stands there twice", _json("{", '"a":1,', '"a":1}', 7), JSON),
)
