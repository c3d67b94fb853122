from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wasmflow.build.python import source as source_module
from wasmflow.build.python.source import Source, read_source
from wasmflow.errors import WorldError
from wasmflow.problem import Place, Problem


def read(tmp_path: Path, content: bytes | str, name: str = "text") -> Source | Problem:
    path = tmp_path / "text.py"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_source(path, "text.py", name)


def good(tmp_path: Path, content: bytes | str, name: str = "text") -> Source:
    made = read(tmp_path, content, name)
    assert isinstance(made, Source)
    return made


def test_columns_count_characters_and_not_bytes(tmp_path: Path) -> None:
    source = good(tmp_path, 'text = "ääää" + unknown\n')
    name = next(node for node in ast.walk(source.tree) if getattr(node, "id", "") == "unknown")
    assert source.place(name) == Place("text.py", 1, 17)


def test_a_file_that_cannot_be_read_is_the_worlds_failure(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"cannot read text\.py: No such file"):
        read_source(tmp_path / "text.py", "text.py", "text")


def test_bytes_that_are_no_utf_8_have_their_place(tmp_path: Path) -> None:
    problem = read(tmp_path, b"x = 1\ny = '\xff'\n")
    assert isinstance(problem, Problem)
    assert problem.place == Place("text.py", 2, 6)
    assert "not utf-8" in problem.message


def test_another_encoding_is_read_if_the_source_names_it(tmp_path: Path) -> None:
    source = good(tmp_path, "# coding: latin-1\nname = 'ä'\n".encode("latin-1"))
    assert "name" in source.bindings


def test_an_encoding_that_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    problem = read(tmp_path, "# coding: martian\n")
    assert isinstance(problem, Problem)
    assert "martian" in problem.message


@pytest.mark.parametrize("content", [b"x = 1\n\0", "x = " + "(" * 5000, "-" * 200_000 + "1"])
def test_what_no_parser_takes_is_a_problem(tmp_path: Path, content: bytes | str) -> None:
    assert isinstance(read(tmp_path, content), Problem)


def test_a_source_beyond_any_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_module, "LARGEST", 10)
    problem = read(tmp_path, "x = 12345678\n")
    assert isinstance(problem, Problem)
    assert "at most 10" in problem.message


def test_a_syntax_error_that_may_be_newer_syntax_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_module, "GUEST", (99, 0))
    problem = read(tmp_path, "def first[T]((items): ...\n")
    assert isinstance(problem, Problem)
    assert "newer" in problem.hint
    problem = read(tmp_path, "x = = 1\n")
    assert isinstance(problem, Problem)
    assert not problem.hint


def test_expressions_may_be_longer_than_we_can_recurse(tmp_path: Path) -> None:
    source = good(tmp_path, f"def f():\n    import a\n    return {' + '.join(['x'] * 1500)}\n")
    assert [each.module for each in source.imports] == ["a"]


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    source = good(tmp_path, b"\xef\xbb\xbfx = 1\r\ny = z\r\n")
    name = next(node for node in ast.walk(source.tree) if getattr(node, "id", "") == "z")
    assert source.place(name) == Place("text.py", 2, 5)


@pytest.mark.parametrize(
    "encoding", ["rot13", "zlib_codec", "undefined", "punycode", "utf-7", "idna", "unicode_escape"]
)
def test_an_encoding_that_changes_ascii_is_none_of_sources(tmp_path: Path, encoding: str) -> None:
    made = read(tmp_path, f"# coding: {encoding}\nx = 1\n".encode())
    assert isinstance(made, Problem)
    assert made.message == f"the source is in {encoding}, which is no encoding of texts like it"
    assert made.place.line == 1


def test_what_an_encoding_lets_through_that_is_no_text_is_refused(tmp_path: Path) -> None:
    made = read(tmp_path, b"# coding: raw_unicode_escape\nx = '\\udfff'\n")
    assert isinstance(made, Problem)
    assert made.message == "the source is not Unicode text"


@settings(deadline=None)
@given(
    content=st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode(errors="replace"))
)
def test_any_bytes_are_a_source_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    made = read(tmp_path_factory.mktemp("any"), content)
    if isinstance(made, Source):
        assert (made.bindings, made.imports) is not None
