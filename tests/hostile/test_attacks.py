"""Each attack among a thousand honest transactions: nobody but the attacker notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.hostile.attack import TIME, Attack, Attacker
from tests.hostile.attacks import ATTACKS, phases, streams
from tests.hostile.attacks.computing import RECURSING
from tests.hostile.attacks.results import MALFORMED
from tests.hostile.attacks.world import FORGERIES, REACHING
from tests.hostile.crowd import Crowd, Footprint, crowd, footprint
from tests.hostile.guests import stored, streaming
from wasmflow.limits import MIB

#: Honest transactions before, beside and after an attack.
BEFORE, BESIDE, AFTER = 100, 800, 100
#: Attackers at one time: as many as there are threads for guests on a small machine, and one more.
ATTACKERS = 3
#: What memory may differ by afterwards: allocators keep parts of what was large, and the pool a megabyte
#: of each memory, in a hundred places at most.
NOISE = 16 * MIB
#: Attacks of each kind in a row after which it must have stopped to grow.
ROUNDS = 5


@pytest.fixture(scope="module")
def people() -> Iterator[Crowd]:
    with crowd() as people:
        yield people


async def attempt(attacker: Attacker, times: int = ATTACKERS) -> list[str]:
    """What so many attackers end with that come at once."""
    return await asyncio.gather(*(attacker.attempt() for _ in range(times)))


def attempt_anew(attack: Attack, times: int = ATTACKERS) -> list[str]:
    """The same, by themselves."""
    with attack.open() as attacker:
        return asyncio.run(attempt(attacker, times))


async def attempt_beside(people: Crowd, attacker: Attacker) -> list[str]:
    """The same beside honest transactions, which go on until the attackers have ended."""
    await people.serve(BEFORE)
    attempts = asyncio.create_task(attempt(attacker))
    await people.serve(BESIDE, until=attempts.done)
    await people.serve(AFTER)
    return await attempts


def leaves_nothing(before: Footprint, again: Callable[[], object]) -> bool:
    """Whether the process holds as much as before, or as after the last attack once it has been attacked
    again: what is kept for good, by allocators for example, does not grow with every attack."""
    for _ in range(ROUNDS):
        after = footprint()
        assert after.stores == 0
        if after[:3] == before[:3] and after.resident < before.resident + NOISE:
            return True
        before = after
        again()
    return False


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_an_attack_ends_with_an_error_and_nobody_else_notices(
    attack: Attack, people: Crowd
) -> None:
    served, before = people.served, footprint()
    with attack.open() as attacker:
        for said in asyncio.run(attempt_beside(people, attacker)):
            assert said.startswith("error: ")
            assert attack.words in said
            assert "it broke: " not in said
            assert len(said) < 500
    del attacker
    assert people.served - served >= BEFORE + BESIDE + AFTER
    assert leaves_nothing(before, lambda: attempt_anew(attack))


def test_others_have_their_turn_among_the_packets_of_one_call() -> None:
    """A hundred thousand for each of three, which nobody has to wait for."""
    wat = streaming(push=f"{stored(64, 100_000)} (i32.const 16)", emits="(list u8)")
    turns = 0

    async def wait_for_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def run_beside(attacker: Attacker) -> None:
        waiting = asyncio.create_task(wait_for_turns())
        assert await attacker.attempt() == ""
        waiting.cancel()

    with Attack("gives much", wat, "", feeds={"x": streams.numbers}).open() as attacker:
        asyncio.run(run_beside(attacker))
    assert turns > 300


def test_all_attacks_at_once_end_as_they_do_alone(people: Crowd) -> None:
    async def attempt_all(attackers: list[Attacker]) -> list[str]:
        attempts = asyncio.gather(*(attacker.attempt() for attacker in attackers))
        await people.serve(BEFORE + BESIDE + AFTER, until=attempts.done)
        return await attempts

    before = footprint()
    with ExitStack() as stack:
        attackers = [stack.enter_context(attack.open()) for attack in ATTACKS]
        ends = asyncio.run(attempt_all(attackers))
    for attack, said in zip(ATTACKS, ends, strict=True):
        assert attack.words in said, attack.name
    assert footprint().stores == before.stores == 0


def test_a_thousand_attacks_leave_no_memory_behind(people: Crowd) -> None:
    classes = (*MALFORMED, *phases.ATTACKS, *FORGERIES, *REACHING, *RECURSING)
    quick = [attack for attack in classes if attack.words != TIME]

    def attempt_all() -> None:
        for attack in quick:
            for said in attempt_anew(attack, times=1000 // len(quick)):
                assert attack.words in said

    before = footprint()
    attempt_all()
    assert leaves_nothing(before, attempt_all)


def test_attacks_have_names_of_their_own() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len(ATTACKS) >= 40
