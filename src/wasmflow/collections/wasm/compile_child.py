"""The child process that compiles one component; `compile` starts it and is its only user.

It is given an order on its command line and the binary on its standard input, writes native code into a
file that exists already, and says on standard output how that went: one line of JSON with `sha256`,
`invalid` (what wasmtime says of the binary) or `failed` (why the code could not be written). Anything
else on it, or no such line, means that it broke. Its input stays open as long as somebody waits for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TypedDict


class Order(TypedDict):
    """What the child is to do."""

    #: Where the packages are that it needs: those that its parent uses.
    path: list[str]
    #: Bytes on standard input.
    size: int
    #: Where the code goes.
    output: str
    #: How the engine allocates that will load the code.
    allocation: str
    #: Bytes of memory that it may use.
    memory: int
    #: What its settings are; other packages may have been installed since it was made.
    fingerprint: str


#: Run by an interpreter that knows the standard library only, whatever its folder or environment.
BOOTSTRAP = """
import json, sys
order = json.loads(sys.argv[1])
sys.path += order["path"]
from wasmflow.collections.wasm.compile_child import main
main(order)
"""


def main(order: Order) -> None:
    """Carry out the order and end the process."""
    _volunteer()
    _limit_memory(order["memory"])
    binary = _read(order["size"])
    threading.Thread(target=_end_with_parent, args=(order["output"],), daemon=True).start()
    print(json.dumps(_compile(binary, order)), flush=True)
    # The thread is still waiting for the parent; ending in the ordinary way would wait for it.
    os._exit(0)


def _volunteer() -> None:
    """Where memory runs out it is this process that the kernel ends, not one that serves."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit_memory(most: int) -> None:
    """What can be written to is limited; the address space that the pool reserves is not memory."""
    for bound in resource.getrlimit(resource.RLIMIT_DATA):
        most = most if bound == resource.RLIM_INFINITY else min(most, bound)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _read(size: int) -> bytes:
    with os.fdopen(0, "rb", buffering=0, closefd=False) as file:
        parts = []
        while size and (part := file.read(min(size, 1 << 20))):
            parts.append(part)
            size -= len(part)
    if size:
        sys.exit("the parent process is gone")
    return b"".join(parts)


def _end_with_parent(output: str) -> None:
    """Nobody waits any more: leave nothing behind."""
    while os.read(0, 1):
        pass
    Path(output).unlink(missing_ok=True)
    os._exit(1)


def _compile(binary: bytes, order: Order) -> dict[str, str]:
    from wasmtime import WasmtimeError
    from wasmtime.component import Component

    from wasmflow.collections.wasm.engine import Allocation, compiler_engine, fingerprint

    allocation = Allocation(order["allocation"])
    if fingerprint(allocation) != order["fingerprint"]:
        return {"failed": "another version of Wasmflow has been installed meanwhile; start again"}
    try:
        code = Component(compiler_engine(allocation), binary).serialize()
    except WasmtimeError as error:
        return {"invalid": str(error)}
    try:
        _write(Path(order["output"]), code)
    except OSError as error:
        return {"failed": f"cannot write '{order['output']}': {error.strerror}"}
    return {"sha256": hashlib.sha256(code).hexdigest()}


def _write(path: Path, code: bytes | bytearray) -> None:
    with path.open("r+b") as file:
        file.write(code)
        file.flush()
        os.fsync(file.fileno())
