"""A service as those see it who ask it, end it, break it, and change its artifact: with real processes."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from tests.hostile.guests import worldly
from tests.integration.service import (
    ECHO,
    SHOUT,
    WEB,
    Service,
    ask,
    ask_on,
    get,
    refused,
    served,
)

JSON = {"content-type": "application/json"}


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = tmp_path / "echo.yaml"
    path.write_text(ECHO + WEB)
    return path


class Crowd:
    """Clients that ask all the time, some on connections that they keep."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._over = threading.Event()
        self.answered = 0
        self.failures: list[BaseException] = []

    @contextmanager
    def asking(self, clients: int = 4) -> Iterator[None]:
        """They ask until the block ends."""
        works: list[Callable[[], None]] = [self._anew, self._kept]
        threads = [threading.Thread(target=works[i % 2]) for i in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _anew(self) -> None:
        while not self._over.is_set():
            self._try(lambda: ask(self._address))

    def _kept(self) -> None:
        while not self._over.is_set():
            connection = http.client.HTTPConnection(self._address, timeout=60)
            self._try(lambda kept=connection: self._on(kept))  # type: ignore[misc]
            connection.close()

    def _on(self, connection: http.client.HTTPConnection) -> None:
        while not self._over.is_set():
            ask_on(connection)
            self.answered += 1

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
            self.answered += 1
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failures.append(error)


@contextmanager
def half_asked(address: str) -> Iterator[http.client.HTTPConnection]:
    """A request that a worker has begun with, and whose body is not there yet."""
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.putrequest("POST", "/components/echo")
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", "12")
    connection.putheader("expect", "100-continue")
    connection.endheaders()
    assert connection.sock.recv(8) == b"HTTP/1.1"
    connection.sock.recv(1000)  # the rest of: go on
    try:
        yield connection
    finally:
        connection.close()


def until_nobody_listens(address: str) -> None:
    host, _, port = address.rpartition(":")
    with suppress(ConnectionRefusedError):
        while True:
            socket.create_connection((host, int(port)), timeout=60).close()


def kill_all(service: Service, number: signal.Signals = signal.SIGKILL) -> None:
    """Every worker, and wait until there are others."""
    for pid in service.pids().values():
        os.kill(pid, number)
    for _ in service.pids():
        service.event("worker_replaced")


# --- the beginning ----------------------------------------------------------------------------


def test_it_says_where_it_listens_when_it_takes_work(artifact: Path) -> None:
    with served(artifact, "--workers=2") as service:
        address = service.serving()
        assert not address.endswith(":0")
        assert ask(address, "hello") == {"output": "hello"}
        assert get(address, "/health/ready")[0] == 200
        assert len(service.pids()) == 2
        assert service.stop() == 0


def test_an_address_that_is_taken_is_told_and_nothing_starts(artifact: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, told = refused(artifact, "--http", address)
    assert code == 5
    assert told.startswith(f"error: cannot listen on {address}: another program listens there")
    assert "serving" not in told


def test_all_problems_are_told_at_once(artifact: Path) -> None:
    triggers = (
        "triggers:\n  web: { kind: http, address: nowhere, routes: { /x: nobody } }\n"
        "  often: { kind: schedule, component: echo }\n"
    )
    artifact.write_text(ECHO + triggers)
    code, told = refused(artifact)
    assert code == 4
    assert [
        line.removeprefix(f"{artifact}:").partition(". Hint")[0] for line in told.splitlines()
    ] == [
        "8:31: 'nowhere' is no address; write :PORT, HOST:PORT or [IPV6]:PORT",
        "8:54: there is no component 'nobody'; it has: 'echo'",
        "9:3: a schedule needs 'cron' or 'every'",
        "9:39: 'echo' needs 'text' (string), and nothing gives it",
    ]


def test_what_the_artifact_may_not_have_keeps_it_from_starting(artifact: Path) -> None:
    policy = artifact.with_name("none.policy.yaml")
    policy.write_text("version: 1\npolicy:\n  collections: {}\n")
    code, told = refused(artifact, "--policy", str(policy), "--workers=1")
    assert code == 4
    assert "serving" not in told


def test_an_artifact_that_is_not_there_keeps_it_from_starting(tmp_path: Path) -> None:
    code, told = refused(tmp_path / "none.yaml")
    assert code == 5
    assert "there is no file" in told


def test_a_failure_of_what_runs_first_keeps_it_from_starting(artifact: Path) -> None:
    first = "  first: { kind: startup, component: refuse, with: { why: not today } }\n"
    refuse = (
        "  refuse:\n    inputs: { why: string }\n    flow:\n"
        "      - <>.why -> core::fail[no].message\n      - no.output -> <>\n"
    )
    artifact.write_text(ECHO + refuse + WEB + first)
    code, told = refused(artifact)
    assert code == 1
    assert "trigger 'first': not today" in told
    assert "serving" not in told


def test_health_and_metrics_may_have_an_address_of_their_own(artifact: Path) -> None:
    with served(artifact, "--admin=:0") as service:
        places = service.event("serving")["places"]
        web, admin = (place["url"].removeprefix("http://") for place in places)
        assert get(admin, "/health/ready")[0] == 200
        assert get(web, "/health/ready")[0] == 404
        assert get(admin, "/components/echo")[0] == 404


# --- the end ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("early", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_what_ends_it_before_it_has_begun_ends_it_in_order(
    artifact: Path, early: signal.Signals, code: int
) -> None:
    with served(artifact, early=early) as service:
        assert service.rest()[-1]["event"] == "stopped"  # and nobody else writes any more
        assert service.process.wait(60) == code
    assert service.events("stopping")[0]["signal"] == early.name
    assert not service.events("serving")


def test_what_is_to_be_loaded_anew_before_it_has_begun_is_when_it_serves(artifact: Path) -> None:
    with served(artifact, early=signal.SIGHUP) as service:
        assert service.event("serving")["generation"] == 1
        assert service.event("reloaded")["generation"] == 2
        assert service.stop() == 0


def test_it_says_what_became_of_what_ran_when_it_stopped(artifact: Path) -> None:
    with served(artifact, "--grace=60") as service:
        address = service.serving()
        with half_asked(address) as connection:
            service.signal(signal.SIGTERM)
            until_nobody_listens(address)
            connection.sock.sendall(b'{"text":"x"}')
            service.rest()
    (stopped,) = service.events("stopped")
    assert (stopped["finished"], stopped["cancelled"]) == (1, 0)


def test_it_says_what_was_cancelled(artifact: Path) -> None:
    with served(artifact, "--grace=0.1") as service, half_asked(service.serving()):
        assert service.stop() == 0
    (stopped,) = service.events("stopped")
    assert (stopped["finished"], stopped["cancelled"]) == (0, 1)


def test_what_runs_is_answered_when_it_stops(artifact: Path) -> None:
    with served(artifact, "--grace=60") as service:
        address = service.serving()
        with half_asked(address) as connection:
            service.signal(signal.SIGTERM)
            service.event("stopping")
            connection.sock.sendall(b'{"text":"x"}')
            assert b'{"output":"x"}' in connection.sock.makefile("rb").read()
        service.rest()
        assert service.process.wait(60) == 0
        with pytest.raises(ConnectionRefusedError):
            ask(address)


def test_whoever_waits_to_be_accepted_is_answered_when_it_stops(artifact: Path) -> None:
    with served(artifact, "--workers=1", "--grace=60") as service, ExitStack() as clients:
        address = service.serving()
        worker = service.pids()[0]
        os.kill(worker, signal.SIGSTOP)
        waiting = [http.client.HTTPConnection(address, timeout=60) for _ in range(20)]
        for each in waiting:
            clients.callback(each.close)
            each.request("POST", "/components/echo", '{"text":"x"}', JSON)
        service.signal(signal.SIGTERM)
        service.event("stopping")
        os.kill(worker, signal.SIGCONT)
        assert {each.getresponse().read() for each in waiting} == {b'{"output":"x"}'}
        service.rest()
        assert service.process.wait(60) == 0


def test_what_takes_too_long_is_cancelled_when_it_stops(artifact: Path) -> None:
    with served(artifact, "--grace=0.1") as service, half_asked(service.serving()):
        assert service.stop() == 0
    assert not service.events("workers_killed")


def test_an_interrupt_stops_it_and_a_second_one_at_once(artifact: Path) -> None:
    with served(artifact, "--grace=3600") as service, half_asked(service.serving()):
        service.signal(signal.SIGINT)
        assert service.event("stopping")["at_once"] is False
        service.signal(signal.SIGINT)
        assert service.event("stopping")["at_once"] is True
        assert service.process.wait(60) == 130


def test_an_interrupt_of_all_processes_is_the_supervisors(artifact: Path) -> None:
    """A terminal sends it to all of them: workers answer what they were asked nevertheless."""
    with served(artifact, "--grace=60") as service, half_asked(service.serving()) as connection:
        os.killpg(service.process.pid, signal.SIGINT)
        service.event("stopping")
        connection.sock.sendall(b'{"text":"x"}')
        assert b'{"output":"x"}' in connection.sock.makefile("rb").read()
        service.rest()
        assert service.process.wait(60) == 130
    assert not service.events("worker_died")


def test_an_interrupt_while_it_loads_leaves_nothing(artifact: Path) -> None:
    with served(artifact) as service:
        service.event("worker_started")
        service.signal(signal.SIGINT)
        service.rest()
        assert service.process.wait(60) == 130


def test_no_worker_outlives_its_supervisor(artifact: Path) -> None:
    with served(artifact, "--workers=2", "--grace=0.1") as service:
        service.serving()
        service.signal(signal.SIGKILL)
        service.rest()  # ends when nobody is left who could write


# --- deaths -----------------------------------------------------------------------------------


def test_only_what_a_killed_worker_had_is_lost(artifact: Path) -> None:
    with served(artifact, "--workers=2") as service:
        address = service.serving()
        crowd = Crowd(address)
        with crowd.asking(4):
            for number in (0, 1):
                os.kill(service.pids()[number], signal.SIGKILL)
                service.event("worker_replaced")
        assert len(crowd.failures) <= 8  # each client had one request at the time of each death
        assert crowd.answered > len(crowd.failures)
        assert ask(address) == {"output": "x"}
        assert get(address, "/health/ready") == (
            200, {"ready": True, "message": "", "deaths": 2},
        )  # fmt: skip


def test_an_abort_is_told_with_what_was_said_last(artifact: Path) -> None:
    with served(artifact, "--workers=1") as service:
        address = service.serving()
        os.kill(service.pids()[0], signal.SIGABRT)
        died = service.event("worker_died")
        assert died["died"] == "by SIGABRT"
        assert "Fatal Python error: Aborted" in died["said"]
        service.event("worker_replaced")
        assert ask(address) == {"output": "x"}


def test_a_crash_loop_is_reported_and_the_service_not_ready(artifact: Path) -> None:
    with served(artifact, "--workers=3") as service:
        address = service.serving()
        kill_all(service)
        assert get(address, "/health/ready")[0] == 200
        kill_all(service)
        reported = [each for each in service.records if each["event"] == "crash_loop"]
        assert [each["level"] for each in reported] == ["error"]
        status, body = get(address, "/health/ready")
        assert (status, body["ready"], body["deaths"]) == (503, False, 6)
        assert "crash loop: 6 workers died" in body["message"]
        assert ask(address) == {"output": "x"}


def test_a_worker_that_hangs_is_replaced(artifact: Path) -> None:
    with served(artifact, "--workers=1") as service:
        address = service.serving()
        os.kill(service.pids()[0], signal.SIGSTOP)
        assert service.event("worker_hangs")["number"] == 0
        service.event("worker_replaced")
        assert ask(address) == {"output": "x"}


def test_what_runs_first_runs_once_and_schedules_in_one_worker(artifact: Path) -> None:
    more = (
        "  first: { kind: startup, component: echo, with: { text: first } }\n"
        "  often: { kind: schedule, every: 0.05, component: echo, with: { text: often } }\n"
    )
    artifact.write_text(ECHO + WEB + more)
    with served(artifact, "--workers=2") as service:
        service.serving()
        for _ in range(2):
            while service.event("transaction")["trigger"] != "often":
                pass
            os.kill(service.pids()[0], signal.SIGKILL)
            service.event("worker_replaced")
        while service.event("transaction")["trigger"] != "often":
            pass
        service.stop()
    ran = [(each["trigger"], each["worker"]) for each in service.events("transaction")]
    assert ran.count(("first", 0)) == 1
    assert {worker for _, worker in ran} == {0}


def test_a_replaced_worker_that_finds_another_artifact_has_all_replaced(artifact: Path) -> None:
    with served(artifact, "--workers=2") as service:
        address = service.serving()
        artifact.write_text(SHOUT + WEB)
        os.kill(service.pids()[1], signal.SIGKILL)
        service.event("artifact_changed")
        service.serving()
        assert [ask(address) for _ in range(4)] == [{"output": "loud"}] * 4


def test_the_others_go_on_while_a_worker_cannot_be_replaced(artifact: Path) -> None:
    with served(artifact, "--workers=2") as service:
        address = service.serving()
        artifact.write_text("version: 1\nnonsense: 1\n")
        os.kill(service.pids()[0], signal.SIGKILL)
        assert "nonsense" in service.event("worker_failed")["error"]
        assert ask(address) == {"output": "x"}
        artifact.write_text(ECHO + WEB)
        service.event("worker_replaced")
        assert ask(address) == {"output": "x"}


# --- reloads ----------------------------------------------------------------------------------


def test_no_request_is_dropped_by_reloads(artifact: Path) -> None:
    with served(artifact, "--workers=2") as service:
        address = service.serving()
        crowd = Crowd(address)
        with crowd.asking(4):
            for _ in range(4):
                service.signal(signal.SIGHUP)
                assert service.serving() == address
        assert crowd.failures == []
        assert crowd.answered > 4
        assert service.stop() == 0


def test_a_reload_serves_what_the_artifact_is_by_then(artifact: Path) -> None:
    with served(artifact) as service:
        address = service.serving()
        artifact.write_text(SHOUT + WEB)
        service.signal(signal.SIGHUP)
        assert ask(service.serving()) == {"output": "loud"}
        assert ask(address) == {"output": "loud"}


def test_a_reload_that_fails_leaves_everything_as_it_is(artifact: Path) -> None:
    with served(artifact) as service:
        address = service.serving()
        artifact.write_text(ECHO.replace("<>.text", "nobody.text") + WEB)
        service.signal(signal.SIGHUP)
        failed = service.event("reload_failed")
        assert failed["error"]["problems"][0]["file"] == str(artifact)
        assert ask(address) == {"output": "x"}
        artifact.write_text(SHOUT + WEB)
        service.signal(signal.SIGHUP)
        service.serving()
        assert ask(address) == {"output": "loud"}


def test_a_reload_opens_and_closes_addresses(artifact: Path) -> None:
    other = WEB.replace("web", "other")
    with served(artifact) as service:
        before = service.serving()
        artifact.write_text(ECHO + other)
        service.signal(signal.SIGHUP)
        after = service.serving()
        assert ask(after) == {"output": "x"}
        service.signal(signal.SIGHUP)
        service.serving()  # by now those who served before have ended
        with pytest.raises(ConnectionRefusedError):
            ask(before)


def test_a_run_of_a_schedule_keeps_others_from_running_over_a_reload(artifact: Path) -> None:
    long = worldly("(call $block (call $sleep (i64.const 3600000000000)))")
    artifact.with_name("long.wasm").write_bytes(wat2wasm(long))
    artifact.write_text(
        "version: 1\nexternal: { long: { kind: wasm, reference: ./long.wasm, grant: { clock: real } } }\n"
        'components:\n  it: { instances: { l: "long::attack" }, flow: ["1 -> drop"] }\n'
        f"{WEB}  often: {{ kind: schedule, every: 0.1, component: it }}\n"
    )
    with served(artifact, "--workers=1", "--grace=2") as service:
        service.serving()
        service.event("transaction")  # one is at work, and keeps this one from running
        service.signal(signal.SIGHUP)
        service.event("reloaded")
        seen = [service.event("transaction")["outcome"]]
        while seen[-1] == "busy":
            seen.append(service.event("transaction")["outcome"])
        assert seen[-1] == "cancelled"
        assert len(seen) > 1
        service.event("retired")
        assert service.event("transaction")["outcome"] == "busy"  # because of another one


def test_a_change_of_a_file_is_noticed(artifact: Path) -> None:
    inner = artifact.with_name("inner.yaml")
    inner.write_text(ECHO)
    outer = (
        "version: 1\nexternal: { inner: inner.yaml }\ncomponents:\n  echo:\n    flow:\n"
        "      - <>.text -> inner::echo[e].text\n      - e.output -> <>.output\n"
    )
    artifact.write_text(outer + WEB)
    with served(artifact, "--watch") as service:
        address = service.serving()
        inner.write_text(SHOUT)
        service.serving()
        assert ask(address) == {"output": "loud"}
        inner.write_text("version: 1\nnonsense: 1\n")
        service.event("reload_failed")
        inner.write_text(ECHO)
        service.serving()
        assert ask(address) == {"output": "x"}


def test_a_change_of_a_file_is_noticed_that_has_been_read_when_the_service_begins(
    artifact: Path,
) -> None:
    first = "  first: { kind: startup, component: echo, with: { text: first } }\n"
    artifact.write_text(ECHO + WEB + first)
    with served(artifact, "--watch", "--workers=1") as service:
        service.event("transaction")  # it is loaded, and does not take work yet
        artifact.write_text(SHOUT + WEB + first)
        service.serving()
        address = service.serving()
        assert ask(address) == {"output": "loud"}
