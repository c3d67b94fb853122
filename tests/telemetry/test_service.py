"""The counts of a service with several processes, of which some die.

What is tested runs in processes of its own: the library counts for several processes or for one, in all
of a process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telemetry.children import Child, child
from tests.telemetry.readings import reading, readings

SUPERVISOR = (
    "from wasmflow.telemetry.service import ServiceMetrics",
    "from dataclasses import astuple",
    "service = ServiceMetrics()",
    "places = {}",
    "def place(): p = service.place(); places[p.process] = p; return astuple(p)",
)
LABELS = {"trigger": "api", "component": "greet"}


@pytest.fixture
def supervisor() -> Iterator[Child]:
    with child(*SUPERVISOR) as one:
        yield one
        one.do("service.__exit__(None, None, None)")


def worker_of(supervisor: Child) -> tuple[Child, str]:
    folder, process = supervisor.do("place()")
    one = Child()
    one.do("from wasmflow.telemetry.metrics import Metrics")
    one.do("from wasmflow.telemetry.place import Place")
    one.do("from wasmflow.telemetry.telemetry import Outcome, Telemetry")
    one.do(f"metrics = Metrics(['greet'], Place({folder!r}, {process!r}))")
    one.do("telemetry = Telemetry([metrics])")
    one.do("def begin(): telemetry.begin('api', 'greet')")
    one.do(
        "def serve(times): [telemetry.begin('api', 'greet').end(Outcome.OK) for _ in range(times)]"
    )
    return one, process


def shown(worker: Child) -> str:
    text = worker.do("metrics.exposition()[0].decode()")
    assert isinstance(text, str)
    return text


def ended(text: str) -> float | None:
    return reading(text, "wasmflow_transactions_total", outcome="ok", **LABELS)


def in_flight(text: str) -> float | None:
    return reading(text, "wasmflow_transactions_in_flight", **LABELS)


@pytest.fixture
def workers(supervisor: Child) -> Iterator[list[tuple[Child, str]]]:
    both = [worker_of(supervisor) for _ in range(2)]
    yield both
    for worker, _ in both:
        worker.kill()


Workers = list[tuple[Child, str]]


def test_any_worker_shows_the_counts_of_all(workers: Workers) -> None:
    (one, _), (other, _) = workers
    one.do("serve(3)")
    other.do("serve(4)")
    other.do("begin()")
    for text in (shown(one), shown(other)):
        assert (ended(text), in_flight(text)) == (7, 1)
        duration = "wasmflow_transaction_duration_seconds_count"
        assert reading(text, duration, **LABELS) == 7


def test_what_a_killed_worker_counted_stays_and_what_it_was_at_goes(
    supervisor: Child, workers: Workers
) -> None:
    (one, _), (other, process) = workers
    one.do("serve(3)")
    other.do("serve(4)")
    other.do("begin()")
    other.kill()
    supervisor.do(f"service.left(places[{process!r}], 'SIGKILL')")
    text = shown(one)
    assert (ended(text), in_flight(text)) == (7, 0)
    assert reading(text, "wasmflow_workers") == 1
    assert reading(text, "wasmflow_worker_starts_total") == 2
    assert reading(text, "wasmflow_worker_deaths_total", cause="SIGKILL") == 1


def test_who_replaces_a_worker_goes_on_where_that_one_ended(
    supervisor: Child, workers: Workers
) -> None:
    (one, _), (other, process) = workers
    other.do("serve(4)")
    other.kill()
    supervisor.do(f"service.left(places[{process!r}], 'SIGKILL')")
    folder = Path(supervisor.do("places['worker-0'].folder"))
    files = sorted(file.name for file in folder.glob("*.db") if "live" not in file.name)
    third, again = worker_of(supervisor)
    try:
        assert again == process
        third.do("serve(5)")
        assert ended(shown(one)) == ended(shown(third)) == 9
    finally:
        third.kill()
    assert sorted(f.name for f in folder.glob("*.db") if "live" not in f.name) == files


def test_processes_are_told_apart_and_those_that_have_ended_are_gone(
    supervisor: Child, workers: Workers
) -> None:
    (one, first), (other, second) = workers
    name = "process_resident_memory_bytes"
    memory = [reading(shown(one), name, process=each) for each in ("supervisor", first, second)]
    assert all(each and each > 1e6 for each in memory)
    other.kill()
    supervisor.do(f"service.left(places[{second!r}], 'exit')")
    assert reading(shown(one), name, process=second) is None


def test_what_becomes_of_the_service_is_shown(supervisor: Child, workers: Workers) -> None:
    supervisor.do("service.loops(yes=True)")
    supervisor.do("service.reloaded(well=False)")
    text = shown(workers[0][0])
    assert reading(text, "wasmflow_crash_loop") == 1
    assert reading(text, "wasmflow_reloads_total", outcome="error") == 1


def test_its_folder_is_private_and_goes_with_it() -> None:
    with child(*SUPERVISOR) as one:
        folder = Path(one.do("place()[0]"))
        assert folder.stat().st_mode & 0o777 == 0o700
        one.do("service.__exit__(None, None, None)")
        assert not folder.exists()


def test_what_is_left_of_one_that_was_killed_goes_when_nobody_counts_there_any_more(
    tmp_path: Path,
) -> None:
    there = f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}"
    (tmp_path / "wasmflow-service-link").symlink_to(tmp_path)
    with child(there, *SUPERVISOR) as killed, child(there, *SUPERVISOR) as lives:
        worker, _ = worker_of(killed)
        left, kept = Path(killed.do("place()[0]")), Path(lives.do("place()[0]"))
        killed.kill()
        with child(there, *SUPERVISOR):
            assert left.exists()  # its worker has not ended yet
        worker.kill()
        with child(there, *SUPERVISOR):
            assert not left.exists()
        assert kept.exists()


def test_a_process_counts_for_itself_when_its_service_has_ended() -> None:
    with child(*SUPERVISOR) as one:
        one.do("service.__exit__(None, None, None)")
        one.do("from wasmflow.telemetry.metrics import Metrics")
        one.do("from wasmflow.telemetry.telemetry import Outcome, Telemetry")
        one.do("metrics = Metrics(['greet'])")
        one.do("Telemetry([metrics]).begin('api', 'greet').end(Outcome.OK)")
        assert ended(shown(one)) == 1


def test_the_documentation_names_every_metric(supervisor: Child, workers: Workers) -> None:
    document = Path(__file__).parents[2] / "docs" / "how-to" / "observe.md"
    supervisor.do("service.left(service.place(), 'exit')")
    supervisor.do("service.reloaded(well=True)")
    workers[0][0].do("serve(1)")
    workers[0][0].do("telemetry.begin('api', 'greet').end(Outcome.OK, bytes_in=1, bytes_out=1)")
    shown_names = {name for name, _ in readings(shown(workers[0][0]))}
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in shown_names}
    ours = {name for name in families if name.startswith("wasmflow_")}
    rows = re.findall(r"^\| (`wasmflow_.*?) \|", document.read_text(), re.MULTILINE)
    assert ours == set(re.findall(r"`(wasmflow_\w+)`", " ".join(rows)))
