from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from wasmflow.build.python.guest import randomness


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As when a component has been made, and before its first call."""
    monkeypatch.setattr(random, "seed", random.seed)
    monkeypatch.setattr(randomness, "_used", False)
    state = random.getstate()
    randomness.prepare()
    yield
    random.setstate(state)


@pytest.mark.usefixtures("prepared")
def test_the_bindings_take_nothing_of_the_hosts_randomness() -> None:
    state = random.getstate()
    random.seed()  # as they do before the first call
    assert random.getstate() == state
    random.seed(5)  # as an author does in a call
    assert random.getstate() != state


@pytest.mark.usefixtures("prepared")
def test_a_call_begins_a_sequence_from_eight_bytes_of_its_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random.seed()
    monkeypatch.setattr("os.urandom", lambda size: bytes(range(size)))
    randomness.beginning()()
    first = random.random()  # noqa: S311
    randomness.beginning()()
    assert random.random() == first  # noqa: S311
    random.seed(0x0001020304050607)
    assert random.random() == first  # noqa: S311
