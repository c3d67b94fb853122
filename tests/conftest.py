"""Fixtures for tests of several packages."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import settings

# No test depends on how long something takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A shell lets what it starts in the background ignore interrupts, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

GUESTS = Path(__file__).parent / "guests"
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run share, and no other run."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def compiled_cache(run_folder: Path) -> Path:
    """A cache of compiled code, so that nothing large is compiled twice in a test run."""
    return run_folder / "wasmflow-cache"


@pytest.fixture(scope="session")
def python_component(run_folder: Path) -> Path:
    """A component that componentize-py made of `guests/text`; made once per run, whoever asks."""
    with (run_folder / "python-component.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = run_folder / "text.wasm"
        if not made.exists():
            _componentize(GUESTS / "text", made)
    return made


def _componentize(source: Path, made: Path) -> None:
    empty = made.with_suffix(".venv")
    empty.mkdir(exist_ok=True)
    tool = Path(sysconfig.get_path("scripts"), "componentize-py")
    aside = made.with_suffix(".part")
    world = ("-d", source / "world.wit", "-w", "component")
    subprocess.run(
        [tool, "--quiet", *world, "componentize", "-p", source, "text", "-o", aside],
        check=True,
        capture_output=True,
        # Without one of its own it takes every package of the environment into the component.
        env=os.environ | {"VIRTUAL_ENV": str(empty)},
    )
    aside.replace(made)


@pytest.fixture(scope="session")
def probe_component(run_folder: Path, compiled_cache: Path) -> Path:
    """A component that `wasmflow build` made of `guests/probe`; made once per run, whoever asks."""
    environment = os.environ | {"WASMFLOW_CACHE": str(compiled_cache)}
    with (run_folder / "probe-component.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = run_folder / "probe/probe.wasm"
        if not made.exists():
            shutil.copytree(GUESTS / "probe", made.parent, dirs_exist_ok=True)
            for command in (("build", "--quiet", "probe.py"), ("inspect", "probe.wasm")):
                subprocess.run(
                    (sys.executable, "-m", "wasmflow", *command),
                    cwd=made.parent,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    check=True,
                )
    return made


@pytest.fixture(scope="session")
def built_examples(run_folder: Path) -> Path:
    """A folder as a clone is after `make demo`, with what examples read; made once per run."""
    with (run_folder / "built-examples.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = run_folder / "clone"
        if not made.exists():
            _build_examples(made.with_suffix(".part")).replace(made)
    return made


def _build_examples(folder: Path) -> Path:
    built = shutil.ignore_patterns("*.wasm", "access.log", "failed.jsonl")
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=built, dirs_exist_ok=True)
    shutil.copy(ROOT / "LICENSE", folder)
    command = (sys.executable, "-m", "wasmflow", "build", "--quiet")
    # What makes data is no component.
    sources = (path for path in folder.glob("examples/*/*.py") if not path.name.startswith("make_"))
    builds = [subprocess.Popen([*command, path]) for path in sources]
    codes = [build.wait() for build in builds]
    assert not any(codes), "an example cannot be built"
    return folder
