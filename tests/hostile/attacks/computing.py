"""Attacks on the processor: they never end, or go ever deeper."""

from __future__ import annotations

from typing import Final

from tests.hostile.attack import TIME, Attack
from tests.hostile.guests import MEMORY, given, plain, worldly

DEPTH: Final = "it recursed too deeply"

ENDLESS: Final = (
    Attack("loops", plain("(loop (br 0))"), TIME),
    Attack(
        "loops in loops, with work in between",
        plain("""(local $x i64) (loop (loop
            (local.set $x (i64.add (i64.const 1) (i64.mul (local.get $x) (i64.const 6364136223846793005))))
            (br_if 0 (i64.ne (local.get $x) (i64.const 0)))) (br 0))"""),
        TIME,
    ),
    Attack(
        "calls itself in its last step, which takes no stack",
        plain("(return_call $again)", core="(func $again (return_call $again))"),
        TIME,
    ),
    Attack(
        "two functions in a table that jump to each other",
        plain(
            "(return_call_indirect (i32.const 0))",
            core="""(table 2 funcref) (elem (i32.const 0) $one $two)
            (func $one (return_call_indirect (i32.const 1)))
            (func $two (return_call_indirect (i32.const 0)))""",
        ),
        TIME,
    ),
    Attack(
        "throws exceptions and catches them",
        plain(
            "(loop $again (block $caught (try_table (catch_all $caught) (throw $tag))) (br $again))",
            core="(tag $tag)",
        ),
        TIME,
    ),
    Attack(
        "loops before it has begun",
        plain("", core="(func $start (loop (br 0))) (start $start)"),
        TIME,
    ),
    Attack(
        "loops while it makes room for its inputs",
        given("(loop (br 0)) (i32.const 0)"),
        TIME,
        inputs={"numbers": [1]},
    ),
    Attack(
        "loops after it has returned",
        plain(
            "",
            core='(func (export "after") (loop (br 0)))',
            options='(post-return (core func $i "after"))',
        ),
        TIME,
    ),
    Attack("asks for the time again and again", worldly("(loop (drop (call $now)) (br 0))"), TIME),
    Attack(
        "fills its memory in a row, with no loop in between",
        plain(
            "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x1ff0000))" * 400,
            memory="(memory 512)",
        ),
        TIME,
    ),
    Attack(
        "moves its memory to and fro",
        plain(
            """(loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 0x1ff0000))
            (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x1ff0000)) (br 0))""",
            memory="(memory 512)",
        ),
        TIME,
    ),
    Attack(
        "copies a table onto itself",
        plain(
            "(loop (table.copy (i32.const 1) (i32.const 0) (i32.const 9000)) (br 0))",
            core="(table 10000 funcref)",
        ),
        TIME,
    ),
    Attack(
        "has two of its parts call each other for ever",
        f"""(component
          (component $part
            (core module $m (memory (export "memory") 1)
              (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
              (func (export "echo") (param i32 i32)))
            (core instance $i (instantiate $m))
            (func (export "echo") (param "text" string) (canon lift (core func $i "echo")
              {MEMORY} (realloc (core func $i "realloc")))))
          (instance $part (instantiate $part))
          (core module $memory (memory (export "memory") 2))
          (core instance $memory (instantiate $memory))
          (core func $echo (canon lower (func $part "echo") (memory (core memory $memory "memory"))))
          (core module $m (import "" "echo" (func $echo (param i32 i32)))
            (func (export "attack") (loop (call $echo (i32.const 0) (i32.const 60000)) (br 0))))
          (core instance $i (instantiate $m (with "" (instance (export "echo" (func $echo))))))
          (func (export "attack") (canon lift (core func $i "attack"))))""",
        TIME,
    ),
)

_DEEPER: Final = "(func $deeper (param i32) (result i32) %s)"

_MIXED: Final = " ".join(f"(i8x16.add (local.get {i}) (local.get {199 - i}))" for i in range(200))

RECURSING: Final = (
    Attack(
        "calls itself",
        plain(
            "(drop (call $deeper (i32.const 0)))",
            core=_DEEPER % "(i32.add (i32.const 1) (call $deeper (local.get 0)))",
        ),
        DEPTH,
    ),
    Attack(
        "calls itself by another function",
        plain(
            "(drop (call $deeper (i32.const 0)))",
            core=_DEEPER % "(i32.add (i32.const 1) (call $other (local.get 0)))"
            + "(func $other (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (local.get 0))))",
        ),
        DEPTH,
    ),
    Attack(
        "calls itself by a table",
        plain(
            "(call_indirect (i32.const 0))",
            core="""(table 1 funcref) (elem (i32.const 0) $deeper) (global $g (mut i32) (i32.const 0))
            (func $deeper (call_indirect (i32.const 0))
              (global.set $g (i32.add (global.get $g) (i32.const 1))))""",
        ),
        DEPTH,
    ),
    Attack(
        "calls itself with much to remember each time",
        plain(
            "(call $deeper " + "(v128.const i64x2 1 2) " * 200 + ")",
            core=f"""(func $deeper (param {"v128 " * 200})
              (call $deeper {_MIXED})
              (call $deeper {" ".join(f"(local.get {i})" for i in range(200))}))""",
        ),
        DEPTH,
    ),
    Attack(
        "recurses before it has begun",
        plain("", core="(func $start (call $start) (call $start)) (start $start)"),
        DEPTH,
    ),
    Attack(
        "recurses while it makes room for its inputs",
        given(
            "(i32.add (i32.const 8) (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 8)))"
        ),
        DEPTH,
        inputs={"numbers": [1]},
    ),
    Attack(
        "recurses until its host has no stack left to answer on",
        worldly(
            "(call $deeper)",
            core="(func $deeper (drop (call $now)) (call $deeper) (drop (call $now)))",
        ),
        DEPTH,
    ),
)
