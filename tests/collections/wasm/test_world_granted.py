"""What guests see of the world: what they are granted of it, and nothing else."""

from __future__ import annotations

from tests.collections.wasm.guests import collection, opened, transaction
from wasmflow.collections.wasm.surroundings import World
from wasmflow.grants import NOTHING, Grants


async def test_a_guest_sees_the_variables_that_it_is_granted() -> None:
    world = World(Grants(frozenset({"A", "B"})), (("A", "1"), ("B", "2")))
    with opened("sandbox", world=world) as guest:
        assert await guest.call("environment") == (2,)
    with opened("sandbox") as guest:
        assert await guest.call("environment") == (0,)


async def test_real_random_numbers_are_not_those_of_the_seed() -> None:
    with opened("sandbox", world=World(Grants(random=True))) as guest:
        drawn = {
            await guest.call("random", transaction=transaction(id=str(number)))
            for number in range(5)
        }
    assert len(drawn) == 5
    with opened("sandbox") as guest:
        seeded = [await guest.call("random", transaction=transaction()) for _ in range(2)]
    assert seeded[0] == seeded[1]


def statuses(grants: Grants) -> dict[str, str]:
    made = collection("sandbox", world=World(grants))
    try:
        return {each.name.partition("@")[0]: each.status for each in made.about.imports}
    finally:
        made.close()


def test_inspecting_tells_what_is_granted() -> None:
    found = statuses(Grants(frozenset({"B", "A"}), random=True))
    assert found["wasi:cli/environment"] == "granted: A, B"
    assert found["wasi:random/random"] == "granted: real"
    assert found["wasi:io/poll"] == "available, nothing granted"
    assert set(statuses(NOTHING).values()) == {"available, nothing granted"}
