"""The guest's part, as far as it does not need a sandbox; the rest is in `test_component`."""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.build.python.authors import write
from wasmflow.build.python.guest import modules


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules whose files are gone, and whose sources are kept."""
    write(
        tmp_path,
        {
            "kept_one.py": "import kept_two.inner\nvalue = kept_two.inner.value",
            "kept_two/__init__.py": "",
            "kept_two/inner.py": "from . import other\nvalue = other.value",
            "kept_two/other.py": "value = 5",
            "kept_broken.py": "value = 1 / 0",
            "tests/kept_not.py": "",
        },
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    sources = dict(modules._sources([str(tmp_path)]))
    finder = modules._Kept(sources)
    for file in tmp_path.rglob("*.py"):
        file.unlink()
    importlib.invalidate_caches()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, finder])
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.mark.usefixtures("kept")
def test_modules_and_packages_are_imported_from_memory() -> None:
    assert importlib.import_module("kept_one").value == 5
    assert importlib.import_module("kept_two").__path__


@pytest.mark.usefixtures("kept")
def test_a_module_that_nobody_kept_is_missing_as_ever() -> None:
    with pytest.raises(ModuleNotFoundError, match="kept_not"):
        importlib.import_module("kept_not")
    with pytest.raises(ModuleNotFoundError, match=r"kept_two\.nope"):
        importlib.import_module("kept_two.nope")


@pytest.mark.usefixtures("kept")
def test_a_module_that_fails_names_its_file() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        importlib.import_module("kept_broken")
    assert str(caught.traceback[-1].path).endswith("/kept_broken.py")


def test_an_error_is_reported_with_its_steps_through_the_authors_files(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code = compile("def f():\n    äö = g()\ndef g():\n    1/0", f"{modules.SOURCE}/a/b.py", "exec")
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102
    with pytest.raises(ZeroDivisionError) as caught:
        names["f"]()  # type: ignore[operator]
    modules._report(caught.value)
    told = json.loads(capfd.readouterr().err.removeprefix(modules.MARK))
    assert told == {
        "kind": "ZeroDivisionError",
        "message": "division by zero",
        "steps": [["a/b.py", 2, 11], ["a/b.py", 4, 4]],
    }


def test_a_stand_in_can_be_imported_and_not_used() -> None:
    module = modules._StandIn("bz2")
    assert issubclass(module.BZ2Error, Exception)
    with pytest.raises(NotImplementedError, match=r"no bz2\.open in WebAssembly"):
        module.open("file")
    assert not hasattr(module, "__path__")


def test_the_log_is_silent_until_the_component_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    binary = io.BytesIO()
    log = modules._Log(binary, encoding="utf-8", write_through=True)
    print("early", file=log)
    monkeypatch.setattr(modules._Log, "silent", False)
    print("late", file=log)
    assert binary.getvalue() == b"late\n"
