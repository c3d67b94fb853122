"""Attacks on what a component gets of the world: streams, clocks, random numbers, handles, files, network."""

from __future__ import annotations

from typing import Final

from tests.hostile.attack import TIME, Attack
from tests.hostile.guests import worldly

PRINTED: Final = "it printed more than one call may"
IN_A_ROW: Final = "it called its host too often in a row"
STREAMS: Final = "it opened more than 10000 streams"
HANDLE: Final = "it used a handle that it does not have, or one of another type"
BUDGET: Final = "it gave more than WebAssembly lets out in one call"
PANICKED: Final = "it panicked"


def _writes(size: int, to: str = "stdout") -> str:
    return f"(call $write (call ${to}) (i32.const 1024) (i32.const {size}) (i32.const 16))"


_TWO_LINES: Final = "(i32.store (i32.const 1024) (i32.const 0x0a610a61))"

FLOODS: Final = (
    Attack(
        "prints without end",
        worldly(
            "(local $s i32) (local.set $s (call $stdout)) (loop (call $write (local.get $s)"
            " (i32.const 1024) (i32.const 100) (i32.const 16)) (br 0))"
        ),
        PRINTED,
    ),
    Attack(
        "prints a line again and again",
        worldly(
            "(local $s i32)" + _TWO_LINES + "(local.set $s (call $stderr)) (loop"
            " (call $write (local.get $s) (i32.const 1024) (i32.const 4) (i32.const 16)) (br 0))"
        ),
        PRINTED,
    ),
    Attack(
        "prints fifty thousand lines at once",
        worldly(
            "(local $i i32) (loop (i32.store16 (i32.add (i32.const 1024) (local.get $i))"
            " (i32.const 0x0a61)) (br_if 0 (i32.lt_u (local.tee $i"
            " (i32.add (local.get $i) (i32.const 2))) (i32.const 90000))))" + _writes(90_000)
        ),
        PRINTED,
    ),
    Attack(
        "prints two million bytes at once",
        worldly(_writes(2_000_000, "stderr"), memory=40),
        PRINTED,
    ),
    Attack("prints more than can come out", worldly(_writes(4_000_000), memory=80), BUDGET),
    Attack(
        "prints nothing, without end",
        worldly(
            "(local $s i32) (local.set $s (call $stdout)) (loop"
            " (call $write (local.get $s) (i32.const 0) (i32.const 0) (i32.const 16)) (br 0))"
        ),
        TIME,
    ),
    Attack(
        "prints as many zeroes as there are numbers",
        worldly("(call $write-zeroes (call $stdout) (i64.const -1) (i32.const 16))"),
        PRINTED,
    ),
    Attack(
        "reads what is not there, without end",
        worldly(
            "(local $s i32) (local.set $s (call $stdin)) (loop"
            " (call $read (local.get $s) (i64.const -1) (i32.const 16)) (br 0))"
        ),
        TIME,
    ),
    Attack(
        "sleeps for ever, an hour at a time",
        worldly(
            "(local $p i32) (loop (call $block (local.tee $p (call $sleep (i64.const 3600000000000))))"
            " (call $drop-pollable (local.get $p)) (br 0))"
        ),
        TIME,
    ),
    Attack(
        "asks for ever whether it may go on",
        worldly(
            "(local $p i32) (local.set $p (call $sleep (i64.const -1)))"
            " (loop (br_if 0 (i32.eqz (call $ready (local.get $p)))) (br 0))"
        ),
        TIME,
    ),
    Attack(
        "waits for nothing",
        worldly("(call $poll (i32.const 64) (i32.const 0) (i32.const 16))"),
        "it polled nothing",
    ),
    Attack(
        "waits for thousands at once",
        worldly(
            "(local $i i32) (loop (i32.store (i32.add (i32.const 65536) (local.get $i))"
            " (call $sleep (i64.const 5))) (br_if 0 (i32.lt_u (local.tee $i"
            " (i32.add (local.get $i) (i32.const 4))) (i32.const 32000))))"
            " (loop (call $poll (i32.const 65536) (i32.const 8000) (i32.const 16)) (br 0))"
        ),
        TIME,
    ),
    Attack(
        "sets alarms without end",
        worldly("(loop (drop (call $sleep (i64.const 5))) (br 0))"),
        STREAMS,
    ),
    Attack("opens streams without end", worldly("(loop (drop (call $stdout)) (br 0))"), STREAMS),
    Attack(
        "opens and closes streams without end",
        worldly("(loop (call $drop-output (call $stdout)) (br 0))"),
        TIME,
    ),
    Attack(
        "throws dice without end",
        worldly("(loop (call $random-bytes (i64.const 65536) (i32.const 16)) (br 0))"),
        TIME,
    ),
    Attack(
        "wants all random numbers at once",
        worldly("(call $random-bytes (i64.const -1) (i32.const 16))"),
        "random bytes at once",
    ),
    Attack(
        "throws dice in a row, with no loop in between",
        worldly("(drop (call $random))" * 6000),
        IN_A_ROW,
    ),
    Attack(
        "asks for the time in a row, with no loop in between",
        worldly("(drop (call $now))" * 6000),
        IN_A_ROW,
    ),
    Attack(
        "asks for its environment without end",
        worldly("(loop (call $environment (i32.const 16)) (br 0))"),
        TIME,
    ),
)

FORGERIES: Final = (
    Attack(
        "prints to handle 0",
        worldly("(call $write (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16))"),
        HANDLE,
    ),
    Attack(
        "prints to handle -1",
        worldly("(call $write (i32.const -1) (i32.const 0) (i32.const 1) (i32.const 16))"),
        HANDLE,
    ),
    Attack(
        "prints to every handle there could be",
        worldly(
            "(local $i i32) (loop (call $write (local.get $i) (i32.const 0) (i32.const 1) (i32.const 16))"
            " (local.set $i (i32.add (local.get $i) (i32.const 1))) (br 0))"
        ),
        HANDLE,
    ),
    Attack("waits for a stream", worldly("(call $block (call $stdout))"), HANDLE),
    Attack(
        "prints to an alarm",
        worldly(
            "(call $write (call $sleep (i64.const 1)) (i32.const 0) (i32.const 1) (i32.const 16))"
        ),
        HANDLE,
    ),
    Attack(
        "closes a stream twice",
        worldly(
            "(local $s i32) (local.set $s (call $stdout)) (call $drop-output (local.get $s))"
            " (call $drop-output (local.get $s))"
        ),
        HANDLE,
    ),
    Attack(
        "prints to a stream that it has closed",
        worldly(
            "(local $s i32) (local.set $s (call $stdout)) (call $drop-output (local.get $s))"
            " (call $write (local.get $s) (i32.const 0) (i32.const 1) (i32.const 16))"
        ),
        HANDLE,
    ),
    Attack("closes a stream as an alarm", worldly("(call $drop-pollable (call $stdout))"), HANDLE),
    Attack(
        "waits for handles behind the end of its memory",
        worldly("(call $poll (i32.const 64) (i32.const 0x10000000) (i32.const 16))"),
        "it gave a value that does not lie in its memory",
    ),
    Attack(
        "waits for the same alarm a thousand times, without end",
        worldly(
            "(local $p i32) (local $i i32) (local.set $p (call $sleep (i64.const 1)))"
            " (loop (i32.store (i32.add (i32.const 65536) (local.get $i)) (local.get $p))"
            " (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4)))"
            " (i32.const 4000))))"
            " (loop (call $poll (i32.const 65536) (i32.const 1000) (i32.const 16)) (br 0))"
        ),
        TIME,
    ),
    Attack(
        "has a closed stream flow into another",
        worldly(
            "(local $s i32) (local.set $s (call $stdout)) (call $drop-output (local.get $s))"
            " (call $splice (local.get $s) (call $stdin) (i64.const -1) (i32.const 16))"
        ),
        HANDLE,
    ),
)

#: What breaks where the world did not let it in.
_UNLESS_REFUSED: Final = (
    "(if (i32.eqz (i32.load8_u (i32.const 16))) (then (loop (br 0)))) unreachable"
)
_PASSWORDS: Final = '(data (i32.const 256) "../../../../etc/passwd")'

REACHING: Final = (
    Attack(
        "looks for folders",
        worldly(
            "(call $directories (i32.const 16)) (if (i32.load (i32.const 20)) (then (loop (br 0))))"
            " unreachable"
        ),
        PANICKED,
    ),
    Attack(
        "asks for folders without end",
        worldly("(loop (call $directories (i32.const 16)) (br 0))"),
        TIME,
    ),
    Attack(
        "opens a file in a folder that it made up",
        worldly(
            "(call $open-at (i32.const 3) (i32.const 1) (i32.const 256) (i32.const 22)"
            " (i32.const 0) (i32.const 1) (i32.const 16))",
            core=_PASSWORDS,
        ),
        HANDLE,
    ),
    Attack(
        "deletes a file in a stream",
        worldly(
            "(call $unlink (call $stdout) (i32.const 256) (i32.const 22) (i32.const 16))",
            core=_PASSWORDS,
        ),
        HANDLE,
    ),
    Attack(
        "closes a folder that it made up", worldly("(call $drop-descriptor (i32.const 3))"), HANDLE
    ),
    Attack(
        "asks for a name in the network",
        worldly(
            "(call $resolve (call $network) (i32.const 256) (i32.const 9) (i32.const 16))"
            + _UNLESS_REFUSED,
            core='(data (i32.const 256) "localhost")',
        ),
        PANICKED,
    ),
    Attack(
        "opens a socket",
        worldly("(call $connect (i32.const 0) (i32.const 16))" + _UNLESS_REFUSED),
        PANICKED,
    ),
    Attack(
        "tries to open sockets without end",
        worldly("(loop (call $connect (i32.const 1) (i32.const 16)) (br 0))"),
        TIME,
    ),
    Attack("takes networks without end", worldly("(loop (drop (call $network)) (br 0))"), STREAMS),
    Attack("ends the program", worldly("(call $exit (i32.const 0))"), "it called exit (status 0)"),
    Attack(
        "ends the program with a failure",
        worldly("(call $exit (i32.const 1))"),
        "it called exit (status 1)",
    ),
)
