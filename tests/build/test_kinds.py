from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from wasmflow.build.kinds import Options, build, draft
from wasmflow.collections.wasm.section import read_metadata
from wasmflow.errors import ProblemsError, UsageError, WorldError
from wasmflow.version import __version__

#: Some of these run the toolchain.
pytestmark = pytest.mark.timeout(400)

GOOD = "def f() -> int:\n    return 1\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("text.txt", r"nothing knows how to build .*text\.txt.*files that end in '\.py'"),
        ("text", "nothing knows how to build"),
        ("text.ts", "is TypeScript, which cannot be built yet"),
        ("text.RS", "is Rust, which cannot be built yet"),
        ("", "is a folder; name the file"),
    ],
)
def test_a_file_that_nothing_is_built_from_is_refused(
    tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        draft(tmp_path / name)


def test_a_folder_of_packages_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "text.py").write_text(GOOD)
    with pytest.raises(UsageError, match=r"there is no folder .*nope"):
        draft(tmp_path / "text.py", Options(site=(tmp_path / "nope",)))


async def test_a_source_that_is_not_there_is_the_worlds_failure(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"cannot read .*nope\.py"):
        await build(tmp_path / "nope.py")


async def test_problems_are_told_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "text.py").write_text("def f(x) -> int: ...")
    with pytest.raises(ProblemsError):
        await build(tmp_path / "text.py", options=Options(keep=tmp_path / "kept"))
    assert _names(tmp_path) == ["text.py"]


async def test_a_target_that_must_not_be_replaced_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "text.py").write_text(GOOD)
    with pytest.raises(UsageError, match="is not replaced"):
        await build(tmp_path / "text.py", tmp_path / "text.py")


async def test_what_fails_when_the_source_is_imported_is_told_with_its_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "text.py").write_text(f"import tables\nprint('noise' * 10_000)\n{GOOD}")
    (tmp_path / "tables.py").write_text("NAMES = {}\n\nFIRST = 'ä', NAMES['first']\n")
    with pytest.raises(ProblemsError) as caught:
        await build(tmp_path / "text.py")
    assert str(caught.value) == (
        f"{tmp_path}/tables.py:3:14: importing it fails: KeyError: 'first'. "
        "Hint: a source is imported once while it is built, as by 'import'"
    )
    assert _names(tmp_path) == ["tables.py", "text.py"]


def test_a_component_says_what_it_was_made_from(everything: Path) -> None:
    metadata, problems = read_metadata(everything.read_bytes())
    assert problems == ()
    assert metadata.language == "python"
    assert metadata.tool.startswith("componentize-py 0.25.")
    assert metadata.wasmflow == __version__
    assert metadata.source.startswith("sha256:")
    assert metadata.components["nothing"].description == "Returns nothing."


def test_what_was_generated_is_kept_on_demand(everything: Path) -> None:
    kept = everything.with_name("kept")
    assert "interface everything {" in (kept / "wit" / "world.wit").read_text()
    assert "WasmflowExports = " in (kept / "glue" / "wasmflow_glue.py").read_text()
    assert (kept / "glue" / "source" / "more" / "units.py").is_file()


async def test_a_build_that_is_cancelled_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (tmp_path / "text.py").write_text(GOOD)
    task = asyncio.create_task(build(tmp_path / "text.py"))
    while not list(temporary.glob("*/.tmp*")):  # noqa: ASYNC110  # the toolchain makes it
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _names(temporary) == []
    assert _names(tmp_path) == ["temporary", "text.py"]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
