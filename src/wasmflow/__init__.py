"""Wasmflow: sandboxed WebAssembly components, connected into typed flows, run anywhere.

These are the public names, and nothing else. They are loaded when first used, so that importing
the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from wasmflow.version import __version__ as __version__

if TYPE_CHECKING:
    from wasmflow.api import OpenCollection, SyncCollection, open_collection, open_sync
    from wasmflow.asgi import open_app
    from wasmflow.component import Port, Signature, TransactionFailed
    from wasmflow.errors import ProblemsError, UsageError, WasmflowError, WorldError
    from wasmflow.grants import Folder, Grants
    from wasmflow.host.settings import Settings
    from wasmflow.limits import Limits
    from wasmflow.packet import Failure, Kind
    from wasmflow.problem import Place, Problem
    from wasmflow.types.model import Case, Some

__all__ = [
    "Case",
    "Failure",
    "Folder",
    "Grants",
    "Kind",
    "Limits",
    "OpenCollection",
    "Place",
    "Port",
    "Problem",
    "ProblemsError",
    "Settings",
    "Signature",
    "Some",
    "SyncCollection",
    "TransactionFailed",
    "UsageError",
    "WasmflowError",
    "WorldError",
    "open_app",
    "open_collection",
    "open_sync",
]

_HOMES = {
    "wasmflow.api": ("OpenCollection", "SyncCollection", "open_collection", "open_sync"),
    "wasmflow.asgi": ("open_app",),
    "wasmflow.limits": ("Limits",),
    "wasmflow.component": ("Port", "Signature", "TransactionFailed"),
    "wasmflow.errors": ("ProblemsError", "UsageError", "WasmflowError", "WorldError"),
    "wasmflow.grants": ("Folder", "Grants"),
    "wasmflow.host.settings": ("Settings",),
    "wasmflow.packet": ("Failure", "Kind"),
    "wasmflow.problem": ("Place", "Problem"),
    "wasmflow.types.model": ("Case", "Some"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'wasmflow' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
