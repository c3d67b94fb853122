"""Attacks on the memory of the host: linear memories, tables, instances, handles, garbage."""

from __future__ import annotations

from typing import Final

from tests.hostile.attack import TIME, Attack
from tests.hostile.guests import plain

_PANIC: Final = "(if (i32.lt_s (%s) (i32.const 0)) (then unreachable))"
PANICKED: Final = "it panicked"
TO_START: Final = "it needs more memory to start than its limit allows"
TABLES: Final = "it needs larger tables to start than its limit allows"
PARTS: Final = "it has more memories, tables or modules than its limit allows"
GARBAGE: Final = "it made more objects than its garbage collector has room for"
HANDLES: Final = "it holds too many streams or other handles"

ATTACKS: Final = (
    Attack(
        "grows its memory until there is no more, and writes to all of it",
        plain("""(local $before i32) (loop
          (if (i32.lt_s (local.tee $before (memory.grow (i32.const 16))) (i32.const 0)) (then unreachable))
          (memory.fill (i32.shl (local.get $before) (i32.const 16)) (i32.const 1) (i32.const 0x100000))
          (br 0))"""),
        PANICKED,
    ),
    Attack(
        "asks for more memory for ever, whatever the answer is",
        plain("(loop (drop (memory.grow (i32.const 65535))) (br 0))"),
        TIME,
    ),
    Attack(
        "fills as many memories as it may have",
        plain(
            "".join(
                f"(memory.fill {i} (i32.const 0) (i32.const 1) (i32.const 0x1ff0000))"
                for i in range(4)
            )
            + "(loop (br 0))",
            memory="(memory 512)" + "(memory 512)" * 3,
        ),
        TIME,
    ),
    Attack("begins with 4 GiB", plain("", memory="(memory 65536)"), TO_START),
    Attack("has one memory too many", plain("", memory="(memory 1)" * 5), PARTS),
    Attack(
        "grows its table until there is no more",
        plain(
            "(loop (if (i32.lt_s (table.grow (ref.null func) (i32.const 1000)) (i32.const 0))"
            " (then unreachable)) (br 0))",
            core="(table 1 funcref)",
        ),
        PANICKED,
    ),
    Attack("begins with a table of a million", plain("", core="(table 1000000 funcref)"), TABLES),
    Attack(
        "makes a thousand instances, and one more",
        plain("", before="(core module $n)" + "(core instance (instantiate $n))" * 1001),
        PARTS,
    ),
    Attack(
        "makes arrays as large as it can",
        plain(
            "(loop (drop (array.new $a (i64.const 1) (i32.const 100000000))) (br 0))",
            core="(type $a (array (mut i64)))",
        ),
        GARBAGE,
    ),
    Attack(
        "chains objects until there is no more memory",
        plain(
            "(local $l (ref null $l)) (loop (local.set $l (struct.new $l (local.get $l))) (br 0))",
            core="(type $l (struct (field (ref null $l))))",
        ),
        GARBAGE,
    ),
    Attack(
        "makes handles without end",
        """(component
          (type $r (resource (rep i32)))
          (core func $new (canon resource.new $r))
          (core module $m (import "" "new" (func $new (param i32) (result i32)))
            (func (export "attack") (loop (drop (call $new (i32.const 1))) (br 0))))
          (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
          (func (export "attack") (canon lift (core func $i "attack"))))""",
        HANDLES,
    ),
    Attack(
        "writes behind the end of its memory",
        plain("(memory.fill (i32.const 0xfffffff0) (i32.const 1) (i32.const 0x7fffffff))"),
        "it used an address outside of its memory",
    ),
    Attack(
        "begins with data behind the end of its memory",
        plain("", core='(data (i32.const 65535) "two")'),
        "it used an address outside of its memory",
    ),
    Attack(
        "waits for another thread",
        plain("(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))"),
        "it waited for another thread",
    ),
)
