"""The errors that callers can act on.

    WasmflowError            everything that Wasmflow raises knowingly
    ├── UsageError           the caller asked for something impossible: change the call       exit 2
    ├── ProblemsError        an author's mistakes, all of them, with places: mend the source  exit 4
    ├── WorldError           a file, tool or network failed: mend the world, then try again   exit 5
    │   └── BusyError        the host has too much to do: try again later
    └── TransactionFailed    a component said no or broke (in `wasmflow.component`)           exit 1

Anything else that escapes is a bug of ours (exit 3). Inside a flow, the failure of a component is a
packet and not an exception; `TransactionFailed` is what a transaction's caller sees of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from wasmflow.problem import Problem, in_order


class WasmflowError(Exception):
    """Everything that Wasmflow raises knowingly."""


class UsageError(WasmflowError):
    """The caller asked for something that cannot be: an unknown port, a value that does not fit."""


class ProblemsError(WasmflowError):
    """A manifest, source or artifact has problems. `problems` holds all of them, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(in_order(problems))
        super().__init__("\n".join(map(str, self.problems)))


class WorldError(WasmflowError):
    """A file, a tool or the network failed. Trying again after mending it may help."""


class BusyError(WorldError):
    """The host has as many transactions as it takes. Trying again later helps."""
