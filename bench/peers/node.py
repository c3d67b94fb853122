"""Peers in Node.js: installed by npm into a cache folder, then driven over standard input and output.

They run without isolation: the code of all nodes shares one process with the driver.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
#: Seconds that installing, and the answer of a driver, may take.
INSTALLING: Final = 600
ANSWERING: Final = 120


class Unavailable(Exception):
    """A peer cannot be run here; says what to do."""


def install() -> Path:
    """The folder of the installed modules, installed now unless the same were before.

    Raises `Unavailable` if Node.js or npm is missing, or if npm fails.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        raise Unavailable(
            "the peers need Node.js 18 or newer and npm (Debian: apt install nodejs npm)"
        )
    wanted = (HERE / "package.json").read_bytes()
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wasmflow-bench"
    modules, stamp = base / "node_modules", base / "installed.json"
    if not (stamp.exists() and stamp.read_bytes() == wanted):
        base.mkdir(parents=True, exist_ok=True)
        (base / "package.json").write_bytes(wanted)
        _npm(base)
        stamp.write_bytes(wanted)
    return modules


def versions() -> str:
    """What is driven, for the head of a table. Raises `Unavailable` if Node.js is missing."""
    install()
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True)  # noqa: S607
    pinned = json.loads((HERE / "package.json").read_text())["dependencies"]
    named = ", ".join(f"{name} {version}" for name, version in pinned.items())
    return f"Node.js {node.stdout.strip().removeprefix('v')}, {named}"


def _npm(folder: Path) -> None:
    print(f"installing the peers into {folder} (once)", flush=True)
    quiet = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    try:
        subprocess.run(["npm", "install", *quiet], cwd=folder, check=True, timeout=INSTALLING)  # noqa: S607
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"npm could not install the peers: {error}") from error


class Driver:
    """A running driver. Every answer has its time; one that is late ends the process."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self._name = name
        self._process = process

    def run(self, nodes: int, packets: int, text: str) -> None:
        """Put packets through a chain, and wait until all have come out. Raises `Unavailable` if not."""
        assert self._process.stdin
        assert self._process.stdout
        late = threading.Timer(ANSWERING, self._process.kill)
        late.start()
        try:
            request = {"nodes": nodes, "packets": packets, "text": text}
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            late.cancel()
        if answer.strip() != str(packets):
            raise Unavailable(f"{self._name} did not do its work in {ANSWERING} s")


@contextmanager
def driver(name: str) -> Iterator[Driver]:
    """Run the driver of a peer until the block ends. Raises `Unavailable` if it is not there."""
    environment = {**os.environ, "NODE_PATH": str(install())}
    with subprocess.Popen(
        ["node", str(HERE / f"{name}.cjs")],  # noqa: S607
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        try:
            yield Driver(name, process)
        finally:
            process.kill()
