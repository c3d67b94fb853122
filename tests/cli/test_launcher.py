"""Launchers: what stands in them, and what they do not replace."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.cli.launcher import Launcher, launcher, reachable, remove, script, write
from wasmflow.errors import UsageError, WorldError

OURS = script(Path("/a/tool.yaml"), None)


@pytest.fixture
def target(tmp_path: Path) -> Launcher:
    return launcher(tmp_path / "bin", "tool")


@pytest.mark.parametrize("name", ["tool", "a.b", "g++", "x-1", "_x"])
def test_names_of_commands(tmp_path: Path, name: str) -> None:
    assert launcher(tmp_path, name).path == tmp_path / name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", "a b", "x\n", ".hidden", "é"])
def test_what_no_command_can_be_called(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="a command cannot be called"):
        launcher(tmp_path, name)


def test_a_launcher_can_be_run_by_everybody_and_its_folder_is_made(target: Launcher) -> None:
    write(target, OURS, force=False)
    assert target.path.read_bytes() == OURS
    assert target.path.stat().st_mode & 0o777 == 0o755
    assert [each.name for each in target.folder.iterdir()] == ["tool"]


@given(name=st.text(st.characters(exclude_characters="\0"), min_size=1))
def test_any_file_name_is_quoted(name: str) -> None:
    """The shell reads the words as they were, whatever stands in them."""
    try:
        content = script(Path("/tmp") / name.lstrip("/"), "main")
    except UnicodeEncodeError:
        return  # no file is called so
    lines = content.decode(errors="surrogateescape").split("\n", 2)[2]
    echo = lines.replace("exec ", "set -- ", 1).replace('-- "$@"', "") + '\nprintf "%s" "$6"'
    done = subprocess.run(
        ["/bin/sh", "-c", echo.encode(errors="surrogateescape")], capture_output=True
    )
    assert done.stdout.decode(errors="surrogateescape") == str(Path("/tmp") / name.lstrip("/"))


def test_an_old_launcher_is_replaced(target: Launcher) -> None:
    write(target, OURS, force=False)
    write(target, script(Path("/b"), "other"), force=False)
    assert b"run /b other --" in target.path.read_bytes()


def test_what_is_no_launcher_is_left_alone_unless_forced(target: Launcher) -> None:
    target.folder.mkdir()
    target.path.write_text("#!/bin/sh\necho mine\n")
    with pytest.raises(
        UsageError, match="was not written by wasmflow install, and is not overwritt"
    ):
        write(target, OURS, force=False)
    with pytest.raises(UsageError, match="is not taken away"):
        remove(target, force=False)
    assert target.path.read_text() == "#!/bin/sh\necho mine\n"
    write(target, OURS, force=True)
    assert target.path.read_bytes() == OURS


def test_a_link_is_no_launcher_and_what_it_leads_to_is_never_written(target: Launcher) -> None:
    target.folder.mkdir()
    other = target.folder / "other"
    other.write_bytes(OURS)
    target.path.symlink_to(other)
    with pytest.raises(UsageError, match="was not written"):
        write(target, OURS, force=False)
    write(target, b"new", force=True)
    assert (target.path.is_symlink(), other.read_bytes()) == (False, OURS)


def test_a_folder_is_not_overwritten(target: Launcher) -> None:
    target.path.mkdir(parents=True)
    with pytest.raises(WorldError, match="cannot write"):
        write(target, OURS, force=True)
    assert [each.name for each in target.folder.iterdir()] == ["tool"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorldError, match="cannot write"):
        write(launcher(tmp_path / "file" / "bin", "tool"), OURS, force=False)


def test_a_launcher_is_taken_away(target: Launcher) -> None:
    write(target, OURS, force=False)
    remove(target, force=False)
    with pytest.raises(UsageError, match="there is no command 'tool' in"):
        remove(target, force=False)


def test_whether_its_name_runs_it_is_known(
    target: Launcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(target, OURS, force=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f"'{target.folder}' is not on PATH. Hint: export PATH=" in reachable(target)
    monkeypatch.setenv("PATH", f"{tmp_path}:{target.folder}")
    assert reachable(target) == ""
    (tmp_path / "tool").write_bytes(OURS)
    (tmp_path / "tool").chmod(0o755)
    assert reachable(target) == f"'{tmp_path / 'tool'}' comes before it on PATH"
