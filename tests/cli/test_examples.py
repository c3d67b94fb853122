"""Every command that help offers to copy works, in a clone whose examples are built."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from importlib import import_module
from pathlib import Path

import pytest

from wasmflow.cli.main import COMMANDS, EXAMPLES

BASH = shutil.which("bash") or "bash"

OFFERED = list(EXAMPLES)
for name in COMMANDS:
    OFFERED += getattr(import_module(f"wasmflow.cli.commands.{name}"), name).examples


#: What there is to be taken away.
INSTALLED = "wasmflow install examples/01-hello/commands.yaml shout --to bin --quiet"


def runnable(example: str) -> str:
    """The example, or as much of it as needs no other shell and no toolchain.

    That the sources can be built is known: `built_examples` builds them by the same command.
    """
    if offered := re.search(r"wasmflow completion \w+", example):
        return offered[0]
    if "wasmflow install --remove" in example:
        return f"{INSTALLED} && {example} --to bin"
    if example.startswith("wasmflow install"):
        return f"{example} --to bin --quiet"  # which is not on the path
    if example.startswith("wasmflow serve"):  # until somebody stops it
        return f"{example} --print-config"
    if example == "wasmflow hash":  # at a terminal
        return f"echo secret | {example}"
    return f"{example} --print-wit" if example.startswith("wasmflow build") else example


@pytest.fixture(scope="module")
def clone(built_examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it, since some commands write files."""
    return shutil.copytree(built_examples, tmp_path_factory.mktemp("clone") / "clone")


@pytest.mark.xdist_group("built-examples")
@pytest.mark.parametrize("command", sorted(set(map(runnable, OFFERED))))
def test_a_command_of_the_help_works(clone: Path, compiled_cache: Path, command: str) -> None:
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    done = subprocess.run(
        [BASH, "-c", command],
        cwd=clone,
        env=os.environ | {"PATH": path, "WASMFLOW_CACHE": str(compiled_cache)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout or ">" in command or "check" in command or "--output" in command
