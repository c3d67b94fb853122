"""The list of public names is true, sorted, and costs nothing to import."""

import subprocess
import sys

import wasmflow


def test_every_public_name_is_there() -> None:
    for name in wasmflow.__all__:
        assert getattr(wasmflow, name).__name__ == name


def test_public_names_are_sorted() -> None:
    assert wasmflow.__all__ == sorted(wasmflow.__all__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import sys, wasmflow; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert {"wasmtime", "asyncio", "msgspec", "yaml", "click"}.isdisjoint(done.stdout.split())
