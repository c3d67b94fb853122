"""A service of this program as a process of its own, and what its log says."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

ECHO = """\
version: 1
components:
  echo:
    inputs: { text: string }
    flow:
      - <>.text -> <>.output
"""

#: The same, with another answer.
SHOUT = ECHO.replace("<>.text -> <>.output", "'\"loud\" -> <>.output'\n      - <>.text -> drop")

WEB = """\
triggers:
  web: { kind: http, address: ":0" }
"""


class Service:
    """A running `wasmflow serve`. Its log is read where a test waits for an event."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.records: list[dict[str, Any]] = []

    def event(self, *names: str) -> dict[str, Any]:
        """Wait for the next event of one of these names."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            record: dict[str, Any] = json.loads(line)
            self.records.append(record)
            if record["event"] in names:
                return record
        raise AssertionError(f"the log ended without {names}: {self.records[-9:]}")

    def serving(self) -> str:
        """Wait until it takes work, from now on or again; the first address, as HOST:PORT."""
        url: str = self.event("serving", "reloaded")["places"][0]["url"]
        return url.removeprefix("http://")

    def rest(self) -> list[dict[str, Any]]:
        """What is logged until all processes of the service have ended."""
        assert self.process.stderr is not None
        self.records += map(json.loads, self.process.stderr)
        return self.records

    def events(self, name: str) -> list[dict[str, Any]]:
        """Those of this name among what has been read."""
        return [record for record in self.records if record["event"] == name]

    def pids(self) -> dict[int, int]:
        """Number to process of the workers, as far as the log has been read."""
        return {each["number"]: each["pid"] for each in self.events("worker_started")}

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        """End it in order; the exit code."""
        self.signal(signal.SIGTERM)
        self.rest()
        return self.process.wait(60)


@contextmanager
def served(
    artifact: Path, *arguments: str, early: signal.Signals | None = None, **variables: str
) -> Iterator[Service]:
    """Serve an artifact, with a log in JSON that says much, until the block ends.

    `early` is a signal that has come before the process could do anything.
    """
    command = (sys.executable, "-m", "wasmflow", "serve", str(artifact), "--log=json", "-v")
    with subprocess.Popen(
        [*command, *arguments],
        cwd=artifact.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | variables,
        start_new_session=True,
        preexec_fn=partial(_send, early) if early else None,
    ) as process:
        try:
            yield Service(process)
        finally:
            if process.poll() is None:
                process.kill()  # its workers end with it


def _send(early: signal.Signals) -> None:
    """Send this process a signal that waits."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (early,))
    os.kill(os.getpid(), early)


def refused(artifact: Path, *arguments: str) -> tuple[int, str]:
    """Have it try to serve what it cannot: the exit code, and what it tells."""
    command = (sys.executable, "-m", "wasmflow", "serve", str(artifact), "--log=text")
    done = subprocess.run(
        [*command, *arguments], cwd=artifact.parent, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stderr


def ask(address: str, text: str = "x", component: str = "echo") -> dict[str, Any]:
    """One transaction, on a connection of its own."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        return ask_on(connection, text, component)
    finally:
        connection.close()


def ask_on(
    connection: http.client.HTTPConnection, text: str = "x", component: str = "echo"
) -> dict[str, Any]:
    """One transaction, on a connection that is kept."""
    headers = {"content-type": "application/json"}
    connection.request("POST", f"/components/{component}", json.dumps({"text": text}), headers)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    return answer


def get(address: str, path: str) -> tuple[int, Any]:
    """The status and body of what is there."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()
