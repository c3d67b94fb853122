"""Same artifact, inputs, seed and timestamp: the same packets, byte for byte, however it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from wasmtime import wat2wasm

WAT = Path(__file__).parents[1] / "collections/wasm/wat"
FLOW = """
version: 1
external:
  sandbox: ./sandbox.wasm
  seer: ./seer.wasm
components:
  # Random numbers, clocks and sleeping, for each element in its own way and over all elements.
  visions:
    inputs: { text: stream<string>, nap: stream<u64> }
    flow:
      - <>.nap -> sandbox::sleep[sleep].nanoseconds
      - sleep -> <>.slept
      - <>.nap -> sandbox::is-ready-in[ready].nanoseconds
      - ready -> <>.ready
      - <>.text -> seer::seer[see].text
      - see -> <>.seen
  # Calls that run beside each other, and ones that follow each other in a store.
  draws:
    inputs: { nap: u64 }
    flow:
      - <>.nap -> sandbox::sleep[a].nanoseconds
      - <>.nap -> sandbox::sleep[b].nanoseconds
      - a -> sandbox::sleep[c].nanoseconds
      - a -> <>.a
      - b -> <>.b
      - c -> <>.c
  numbers:
    flow:
      - sandbox::random[one] -> <>.one
      - sandbox::random[two] -> <>.two
      - sandbox::insecure[three] -> <>.three
      - sandbox::monotonic[four] -> <>.four
      - sandbox::wall[five] -> <>.five
      - sandbox::seed[six] -> <>.six
"""


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flow")
    for name in ("sandbox", "seer"):
        (folder / f"{name}.wasm").write_bytes(wat2wasm((WAT / f"{name}.wat").read_text()))
    (folder / "flow.yaml").write_text(FLOW)
    return folder / "flow.yaml"


def sent(flow: Path, component: str, *options: str, lines: str = "") -> bytes:
    """What a process of its own prints."""
    command = [sys.executable, "-m", "wasmflow", "invoke", str(flow), component, "--quiet"]
    circumstances = () if "--seed" in options else ("--seed", "7", "--timestamp", "1700000000000")
    done = subprocess.run(
        [*command, *circumstances, *options], input=lines.encode(), capture_output=True, check=True
    )
    return done.stdout


PORTS = (b"slept", b"ready", b"seen")


def by_port(printed: bytes) -> dict[bytes, list[bytes]]:
    """What came on each port, in its order. Time says which of two ports comes first, unless in step."""
    lines = printed.splitlines()
    return {port: [line for line in lines if b'"%s"' % port in line] for port in PORTS}


NAPS = "".join(f'{{"text":"{n}","nap":{n * 1000}}}\n' for n in range(200))
LINES = "".join(f'{{"nap":{n}}}\n' for n in range(100))


def test_a_stream_is_the_same_in_every_process_and_with_a_store_for_each_call(flow: Path) -> None:
    first = by_port(sent(flow, "visions", lines=NAPS))
    assert {port: len(lines) for port, lines in first.items()} == {
        b"slept": 200,
        b"ready": 200,
        b"seen": 201,
    }
    assert by_port(sent(flow, "visions", lines=NAPS)) == first
    assert by_port(sent(flow, "visions", "--fresh", lines=NAPS)) == first


def test_transactions_are_the_same_however_many_run_at_once(flow: Path) -> None:
    one = sent(flow, "draws", "-j", "1", lines=LINES)
    assert one.count(b"\n") == 100
    assert sent(flow, "draws", "-j", "50", lines=LINES) == one
    assert sent(flow, "draws", "-j", "50", "--fresh", lines=LINES) == one


def test_values_are_those_of_the_seed_and_the_timestamp(flow: Path) -> None:
    usual = sent(flow, "numbers")
    assert sent(flow, "numbers", "--fresh") == usual
    other_seed = sent(flow, "numbers", "--seed", "8", "--timestamp", "1700000000000")
    later = sent(flow, "numbers", "--seed", "7", "--timestamp", "1700000000001")
    assert len({usual, other_seed, later}) == 3
    # Nothing of the machine is in it: these are the numbers everywhere.
    assert json.loads(usual) == {
        "one": "3390616278595408252",
        "two": "10310258247107412485",
        "three": "10661054378141780311",
        "four": "1700000000000000000",
        "five": [1_700_000_000, 0],
        "six": ["1371820876548365614", "17490026372214975150"],
    }
