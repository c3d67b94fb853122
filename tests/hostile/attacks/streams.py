"""Attacks by components that stream: each step looks harmless, or never ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from tests.hostile.attack import TIME, Attack
from tests.hostile.guests import source, stored, streaming
from wasmflow.packet import Slot


async def numbers() -> AsyncIterator[Sequence[tuple[Slot, ...]]]:
    """What an honest caller gives."""
    yield [(1,), (2,), (3,)]


async def endlessly() -> AsyncIterator[Sequence[tuple[Slot, ...]]]:
    """What a caller gives who trusts in the time limit."""
    while True:
        yield [(1,)] * 100


DEADLINE: Final = "the transaction's time limit was reached"
_LOOP: Final = "(loop (br 0))"

ATTACKS: Final = (
    Attack(
        "loops in its constructor",
        streaming(constructor=f"{_LOOP} (i32.const 0)"),
        TIME,
        feeds={"x": numbers},
    ),
    Attack(
        "loops when it is pushed",
        streaming(push=f"{_LOOP} (i32.const 0)"),
        TIME,
        feeds={"x": numbers},
    ),
    Attack("loops when it is to finish", streaming(finish=_LOOP), TIME, feeds={"x": numbers}),
    Attack("loops when it is asked for more", source(f"{_LOOP} (i32.const 0)"), TIME),
    Attack(
        "gives numbers without end", source(f"{stored(1, 7)} (i32.const 16)"), DEADLINE, timeout=0.3
    ),
    Attack(
        "gives large lists without end",
        source(f"{stored(1, 64, 100_000)} (i32.const 16)", of="(list u8)"),
        DEADLINE,
        timeout=0.3,
    ),
    Attack(
        "gives a hundred thousand for each that it is given",
        streaming(push=f"{stored(64, 100_000)} (i32.const 16)", emits="(list u8)"),
        DEADLINE,
        feeds={"x": endlessly},
        timeout=0.3,
    ),
    Attack(
        "gives more for one than can come out",
        streaming(push=f"{stored(64, 3_000_000)} (i32.const 16)", emits="(list u8)"),
        "it gave more than WebAssembly lets out in one call",
        feeds={"x": numbers},
    ),
    Attack(
        "takes without end and gives nothing",
        streaming(push=f"{stored(64, 0)} (i32.const 16)", emits="(list u8)"),
        DEADLINE,
        feeds={"x": endlessly},
        timeout=0.3,
    ),
)
