"""What a worker is started with."""

from __future__ import annotations

from wasmflow.service.process import environment


def test_a_worker_has_the_environment_of_its_supervisor() -> None:
    assert environment({"LANG": "C"})["LANG"] == "C"


def test_the_threads_of_a_worker_share_few_heaps_unless_somebody_has_decided_otherwise() -> None:
    assert environment({})["MALLOC_ARENA_MAX"] == "2"
    assert environment({"MALLOC_ARENA_MAX": "8"})["MALLOC_ARENA_MAX"] == "8"
