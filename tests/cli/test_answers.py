"""Answers to lines, several at a time and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import run_virtually
from wasmflow.cli.answers import AHEAD, Answer, Answerer, answer_lines
from wasmflow.cli.outlet import Outlet
from wasmflow.codec.cutting import Lines
from wasmflow.errors import UsageError, WasmflowError

Told = list[tuple[int, str]]


async def chunks(*sizes: int, gap: float = 0) -> AsyncIterator[Lines]:
    number = 1
    for size in sizes:
        await asyncio.sleep(gap)
        yield Lines(number, [str(number + i).encode() for i in range(size)])
        number += size


class Printed(Outlet):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    def put(self, content: bytes) -> None:
        self.lines.append(content)


async def answered(
    lines: AsyncIterator[Lines], answer: Answerer, jobs: int
) -> tuple[list[int], Told]:
    out, told = Printed(), Told()

    def tell(number: int, error: WasmflowError) -> None:
        told.append((number, str(error)))

    await answer_lines(lines, answer, tell, out, jobs=jobs)
    return [int(line) for line in out.lines], told


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(1, 5), st.randoms())
def test_answers_come_in_the_order_of_the_lines(
    sizes: list[int], jobs: int, random: object
) -> None:
    running: list[int] = []
    most = 0

    async def answer(number: int, line: bytes | None) -> Answer:
        nonlocal most
        running.append(number)
        most = max(most, len(running))
        await asyncio.sleep(random.choice([0, 1, 2]))  # type: ignore[attr-defined]
        running.remove(number)
        assert line is not None
        return Answer(line)

    printed, told = run_virtually(answered(chunks(*sizes), answer, jobs))
    assert printed == list(range(1, sum(sizes) + 1))
    assert told == []
    assert most <= jobs


def test_a_line_that_fails_does_not_hold_up_the_others() -> None:
    async def answer(number: int, line: bytes | None) -> Answer:
        if number % 2:
            raise UsageError(f"no {number}")
        return Answer(str(number).encode())

    printed, told = run_virtually(answered(chunks(3, 2), answer, 2))
    assert (printed, told) == ([2, 4], [(1, "no 1"), (3, "no 3"), (5, "no 5")])


def test_a_line_may_have_an_answer_and_something_to_be_told() -> None:
    async def answer(number: int, line: bytes | None) -> Answer:
        return Answer(str(number).encode(), UsageError(f"no {number}"))

    printed, told = run_virtually(answered(chunks(2), answer, 2))
    assert (printed, told) == ([1, 2], [(1, "no 1"), (2, "no 2")])


def test_an_answer_is_put_out_before_the_next_line_comes() -> None:
    times = []

    async def answer(number: int, line: bytes | None) -> Answer:
        times.append(asyncio.get_running_loop().time())
        return Answer(b"0")

    run_virtually(answered(chunks(1, 1, 1, gap=10), answer, 3))
    assert times == [10, 20, 30]


def test_only_so_many_wait_behind_a_slow_one() -> None:
    begun: list[int] = []
    slow = asyncio.Event()

    async def answer(number: int, line: bytes | None) -> Answer:
        begun.append(number)
        if number == 1:
            await slow.wait()
        return Answer(str(number).encode())

    async def check() -> None:
        task = asyncio.create_task(answered(chunks(100), answer, 2))
        await asyncio.sleep(1)
        assert len(begun) == AHEAD * 2
        slow.set()
        assert len((await task)[0]) == 100

    run_virtually(check())


def test_a_bug_ends_it() -> None:
    async def answer(number: int, line: bytes | None) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_virtually(answered(chunks(5), answer, 2))
