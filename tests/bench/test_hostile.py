"""That the measurement beside attackers measures both."""

from __future__ import annotations

from bench.hostile import line, measure

from tests.hostile.attacks import CLASSES


async def test_a_caller_is_measured_alone_and_beside_attackers() -> None:
    waits = await measure(CLASSES["forging handles"][:2], 0.02)
    assert len(waits.alone) > 2
    assert len(waits.beside) > 2
    assert line("forging handles", 2, waits).count("|") == 10
