from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from wasmflow.chance import random_bytes


def test_no_bytes_are_given_twice() -> None:
    with ThreadPoolExecutor(2) as threads:
        drawn = [bytes_ for part in threads.map(_draw, [500] * 4) for bytes_ in part]
    assert len(set(drawn)) == 2000
    assert {len(each) for each in drawn} == {24}


def _draw(times: int) -> list[bytes]:
    return [random_bytes(24) for _ in range(times)]


def test_the_child_of_a_fork_draws_others() -> None:
    random_bytes(1)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 16) != random_bytes(16)
    os.close(read)
    os.close(write)
