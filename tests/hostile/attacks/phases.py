"""Attacks that break where one does not expect it, and those that call what they must not."""

from __future__ import annotations

from typing import Final

from tests.hostile.attack import Attack
from tests.hostile.attacks.computing import DEPTH
from tests.hostile.attacks.streams import endlessly, numbers
from tests.hostile.guests import given, plain, source, streaming

PANICKED: Final = "it panicked"
ALLOCATION: Final = "its allocator returned what is not free memory"
FORBIDDEN: Final = "it called its host when that is forbidden"
HANDLE: Final = "it used a handle that it does not have, or one of another type"
_NUMBERS: Final = {"numbers": [1, 2, 3]}


def _calling_back(call_in: str) -> str:
    """A component that calls a function of its own part where it must not."""
    return f"""(component
      (component $part
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f"))))
      (instance $part (instantiate $part))
      (core func $f (canon lower (func $part "f")))
      (core module $m (import "" "f" (func $f))
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          {"(call $f)" if call_in == "realloc" else ""} (i32.const 64))
        (func (export "after") {"(call $f)" if call_in == "after" else ""})
        (func (export "attack") (param i32 i32)))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "attack") (param "numbers" (list u64)) (canon lift (core func $i "attack")
        (memory (core memory $i "memory")) (realloc (core func $i "realloc"))
        (post-return (core func $i "after")))))"""


ATTACKS: Final = (
    Attack(
        "panics before it has begun", plain("", core="(func $s unreachable) (start $s)"), PANICKED
    ),
    Attack("panics", plain("unreachable"), PANICKED),
    Attack(
        "panics while it makes room for its inputs", given("unreachable"), PANICKED, inputs=_NUMBERS
    ),
    Attack(
        "panics after it has returned",
        plain(
            "",
            core='(func (export "after") unreachable)',
            options='(post-return (core func $i "after"))',
        ),
        PANICKED,
    ),
    Attack(
        "makes room behind the end of its memory",
        given("(i32.const 0x7ffffff8)"),
        ALLOCATION,
        inputs=_NUMBERS,
    ),
    Attack("makes room at minus one", given("(i32.const -1)"), ALLOCATION, inputs=_NUMBERS),
    Attack(
        "makes room between two addresses", given("(i32.const 65)"), ALLOCATION, inputs=_NUMBERS
    ),
    Attack(
        "calls others while it makes room", _calling_back("realloc"), FORBIDDEN, inputs=_NUMBERS
    ),
    Attack(
        "calls others after it has returned", _calling_back("after"), FORBIDDEN, inputs=_NUMBERS
    ),
    Attack(
        "has its own part call it back for ever",
        """(component
          (core module $shim (table (export "t") 1 funcref)
            (func (export "back") (call_indirect (i32.const 0))))
          (core instance $shim (instantiate $shim))
          (func $back (canon lift (core func $shim "back")))
          (component $part (import "back" (func $back))
            (core func $back (canon lower (func $back)))
            (core module $m (import "" "back" (func $back)) (func (export "f") (call $back)))
            (core instance $i (instantiate $m (with "" (instance (export "back" (func $back))))))
            (func (export "f") (canon lift (core func $i "f"))))
          (instance $part (instantiate $part (with "back" (func $back))))
          (core func $f (canon lower (func $part "f")))
          (core module $m (import "" "f" (func $f)) (import "" "t" (table 1 funcref))
            (func $attack (export "attack") (call $f)) (elem (i32.const 0) $attack))
          (core instance $i (instantiate $m (with "" (instance
            (export "f" (func $f)) (export "t" (table $shim "t"))))))
          (func (export "attack") (canon lift (core func $i "attack"))))""",
        DEPTH,
    ),
    Attack(
        "panics in its constructor",
        streaming(constructor="unreachable"),
        PANICKED,
        feeds={"x": numbers},
    ),
    Attack(
        "panics when it is pushed", streaming(push="unreachable"), PANICKED, feeds={"x": numbers}
    ),
    Attack(
        "panics when it is to finish",
        streaming(finish="unreachable"),
        PANICKED,
        feeds={"x": numbers},
    ),
    Attack("panics when it is asked for more", source("unreachable"), PANICKED),
    Attack(
        "panics when it drops itself",
        streaming(constructor="(call $drop (call $new (i32.const 0))) (i32.const 1)"),
        PANICKED,
        feeds={"x": numbers},
    ),
    Attack(
        "constructs nothing", streaming(constructor="(i32.const 0)"), HANDLE, feeds={"x": numbers}
    ),
    Attack(
        "constructs what it made up",
        streaming(constructor="(i32.const 77)"),
        HANDLE,
        feeds={"x": numbers},
    ),
    Attack(
        "constructs something else",
        streaming(constructor="(call $new-other (i32.const 0))"),
        HANDLE,
        feeds={"x": numbers},
    ),
    Attack(
        "drops what its host still uses",
        streaming(push="(call $drop (i32.const 1)) (i32.const 0)"),
        HANDLE,
        feeds={"x": endlessly},
    ),
)
