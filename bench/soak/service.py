"""The service that is soaked: its artifact, its processes, and what its log says."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import wasmtime

from bench.course import WAT
from bench.processes import children

#: Seconds that headers may take, and in which a client may send or take nothing. On a busy machine honest
#: clients are slow too.
HEADER_SECONDS: Final = 5.0
BODY_SECONDS: Final = 5.0
IDLE_SECONDS: Final = 5.0
#: Seconds that what runs is given when the service stops.
GRACE: Final = 10.0
#: Bytes of the body of a request, and of headers.
BODY: Final = 16 << 20
HEADERS: Final = 64 << 10

_JOIN: Final = {"flow": ["<> -> text::concat[] -> <>"]}
MANIFEST: Final = {
    "version": 1,
    "external": {
        "text": "./text.wasm",
        "stream": {
            "kind": "wasm",
            "reference": "./stream.wasm",
            "limits": {"call_seconds": 0.2},
        },
    },
    "components": {
        # For honest clients, and for others: so that their transactions can be told apart.
        "concat": _JOIN,
        "victim": _JOIN,
        "shout": {
            "instances": {"add": {"id": "stream::append", "with": {"right": "!"}}},
            "flow": ["<>.left -> add.left", "add -> <>"],
        },
        **{
            name: {"flow": [f"<> -> stream::{name}[] -> <>"]}
            for name in ("spin", "break", "refuse")
        },
    },
    "triggers": {
        "web": {
            "kind": "http",
            "limits": {
                "header_seconds": HEADER_SECONDS,
                "body_seconds": BODY_SECONDS,
                "idle_seconds": IDLE_SECONDS,
            },
        }
    },
}


@dataclass
class Log:
    """What the service has said: transactions are counted, all else is kept with the time it was read."""

    #: Transactions of honest clients that ended well.
    told: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    records: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def read(self, line: bytes) -> None:
        if b'"event":"transaction"' in line:
            self.outcomes[line.partition(b'"outcome":"')[2].partition(b'"')[0].decode()] += 1
            self.told += b'"component":"concat"' in line and b'"status":200' in line
        else:
            self.records.append((time.monotonic(), _record(line)))

    def events(self, name: str) -> list[tuple[float, dict[str, Any]]]:
        """Those of this name."""
        return [(when, record) for when, record in self.records if record.get("event") == name]


def _record(line: bytes) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"level": "error", "event": "no_json", "line": line.decode(errors="replace")}
    return record


@dataclass
class Service:
    """A running `wasmflow serve`."""

    process: subprocess.Popen[bytes]
    port: int
    #: Processes that it keeps.
    count: int
    log: Log = field(default_factory=Log)

    @property
    def workers(self) -> list[int]:
        """Its processes but for the supervisor."""
        return children(self.process.pid)

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def listen(self) -> None:
        """Read its log, until it ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.read(line)


def write_artifact(folder: Path) -> Path:
    """The manifest, and the components that it needs."""
    for part in ("text", "stream"):
        code = wasmtime.wat2wasm((WAT / f"{part}.wat").read_text())
        (folder / f"{part}.wasm").write_bytes(code)
    manifest = folder / "soak.yaml"
    manifest.write_text(json.dumps(MANIFEST))  # JSON is YAML
    return manifest


@contextmanager
def serving(artifact: Path, workers: int) -> Iterator[Service]:
    """Run the service until the block ends, if it does not end before."""
    port = _free_port()
    options = [f"--http=:{port}", f"--workers={workers}", f"--grace={GRACE}", "--log=json"]
    with subprocess.Popen(
        [sys.executable, "-m", "wasmflow", "serve", str(artifact), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        service = Service(process, port, workers)
        listener = threading.Thread(target=service.listen, name="log", daemon=True)
        listener.start()
        try:
            yield service
        finally:
            if process.poll() is None:
                process.kill()  # its workers end with it
            listener.join(60)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
