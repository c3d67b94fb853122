"""What a component that is run by itself is granted, as a person types it."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from wasmflow.cli.granting import Grant, parse_grant, together
from wasmflow.errors import UsageError
from wasmflow.grants import NOTHING, Folder, Grants


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with some folders in it."""
    for name in ("data", "a=b", "x:write"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "grants"),
    [
        ("env=LANG", Grants(env=frozenset({"LANG"}))),
        ("stdio=stderr", Grants(stdio=frozenset({"stderr"}))),
        ("clock=real", Grants(clock=True)),
        ("random=real", Grants(random=True)),
    ],
)
def test_a_grant_is_a_kind_and_what(text: str, grants: Grants) -> None:
    assert parse_grant(text) == grants


@pytest.mark.parametrize(
    ("text", "guest", "path", "write"),
    [
        ("/d=data", "/d", "data", False),
        ("/d=./data:write", "/d", "data", True),
        ("/d/../e=data/", "/e", "data", False),
        ("/d=a=b", "/d", "a=b", False),
        ("/d=x:write/", "/d", "x:write", False),
        ("/d=x:write:write", "/d", "x:write", True),
        ("/d=.", "/d", "", False),
    ],
)
def test_a_folder_says_where_it_is_seen_and_which_it_is(
    folders: Path, text: str, guest: str, path: str, write: bool
) -> None:
    folder = Folder(guest, str(folders.resolve() / path), write)
    assert parse_grant(f"dir={text}").dirs == {folder}


def test_a_tilde_is_the_home(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folders))
    (folder,) = parse_grant("dir=/d=~/data").dirs
    assert folder.path == str(folders.resolve() / "data")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *[(text, f"'{text}' is no grant; write env=NAME, dir=") for text in ("", "env", "env=1A")],
        *[
            (text, "is no grant")
            for text in ("stdio=in", "clock=fake", "random", "http=x", "env=A=B")
        ],
        *[
            (text, "does not say which folder is seen where")
            for text in ("dir=", "dir=data", "dir=/d", "dir=/d=", "dir=d=data", "dir=/d=:write")
        ],
        ("dir=/d\x1b=data", "does not say"),
        ("dir=/d=nowhere", "there is no folder 'nowhere'"),
    ],
)
def test_what_is_no_grant_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_grant(text)
    assert told in str(raised.value)


def test_several_are_taken_together(folders: Path) -> None:
    texts = ("env=B", "env=A", "dir=/d=data", "dir=/e=data:write", "dir=/d=data", "clock=real")
    grants = _together(*texts)
    assert grants.text(str(folders.resolve())) == (
        "{env: [A, B], dirs: {/d: ./data, /e: {path: ./data, write: true}}, clock: real}"
    )
    assert _together() == NOTHING


def test_no_two_folders_are_at_one_place() -> None:
    for other in ("dir=/d=a=b", "dir=/d=data:write"):
        with pytest.raises(click.BadParameter, match="two folders are given at '/d'"):
            _together("dir=/d=data", other)


def _together(*texts: str) -> Grants:
    option = click.Option(["--grant"])
    context = click.Context(click.Command("x"))
    return together(context, option, [parse_grant(text) for text in texts])


def test_kinds_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE_OF_MINE", "x")
    assert _completed("") == [
        "stdio=stdin", "stdio=stdout", "stdio=stderr", "env=", "dir=/", "clock=real", "random=real",
    ]  # fmt: skip
    assert _completed("c") == ["clock=real"]
    assert _completed("env=LANGUAGE_OF") == ["env=LANGUAGE_OF_MINE"]


def _completed(incomplete: str) -> list[str]:
    context, option = click.Context(click.Command("x")), click.Option(["--grant"])
    return [item.value for item in Grant().shell_complete(context, option, incomplete)]
