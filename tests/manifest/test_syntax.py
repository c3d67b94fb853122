from __future__ import annotations

import pytest
import yaml as pyyaml

from tests.manifest.documents import flow, problems_of
from wasmflow.errors import ProblemsError
from wasmflow.manifest.syntax import MAX_REPORTED, quoted
from wasmflow.manifest.yaml import read_yaml


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a:\n\tb: 1", "2:1: a tab cannot indent. Hint: indent with spaces"),
        (
            "a: b: c",
            "1:5: a ':' cannot stand here. Hint: put quotes around text that contains ': '",
        ),
        ("a: 1\n b: 2", "2:3: a ':' cannot stand here"),
        ("a: 'x", "1:4: this quote is never closed"),
        ('a: "x\nb: 1\n', "1:4: this quote is never closed"),
        ('a: "\\q"', "1:5: there is no such escape"),
        ("a: [1,\nb: 2", "1:4: a ',' or the ']' of this list is missing"),
        ("a: {b: 1\nc: 2", "1:4: a ',' or the '}' of this mapping is missing"),
        (
            "a: { b: text::up[u], c: d }",
            "1:17: a ',' is missing before this, or the end. Hint: put quotes around text with brackets",
        ),
        ("- a\nb: 1", "2:1: this does not belong to the list above"),
        ("a:\n  - b\n c: 1", "3:2: this does not belong to the mapping above"),
        ('a: "b" c', "1:8: this does not belong to the mapping above"),
        ("a: @x", "1:4: a value cannot begin with '@'. Hint: put quotes around it if it is text"),
        ("a: `x`", "1:4: a value cannot begin with '`'"),
        ("a: ]", "1:4: a value is missing here"),
        ("a: |x", "1:5: text after '|' or '>' begins on the next line"),
        ("a: 1\nb", "2:1: a ':' is missing after this key"),
        ("a: - b", "1:4: a list cannot begin here"),
        ("a: 1\n%b", "2:3: a line that begins with '%' is no part of a manifest"),
        ("%YAML 1.3\n---\na", "1:1: manifests are YAML 1.2"),
        ("a: &", "1:5: '&', '*' and '!' begin something else than text"),
    ],
)
def test_the_parser_is_translated(text: str, problem: str) -> None:
    (found,) = problems_of(text)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "line",
    [
        '"Hello" -> greet.salutation',
        '{"a": 1} -> x.y',
        "[1, 2] -> x.y",
        "'a' b -> c",
        '"a" -> b   # a comment',
        "@a -> b",
        "{a} -> b: c",
        '"a -> b',
    ],
)
def test_a_connection_that_needs_quotes_is_told_so(line: str) -> None:
    (problem,) = problems_of(flow("a.b -> c.d", line))
    connection = line.partition("  #")[0].rstrip()
    assert problem == (
        "6:9: YAML cannot read this connection without quotes. "
        f"Hint: put quotes around the whole connection: - {quoted(connection)}"
    )


@pytest.mark.parametrize("line", ['"Hello" -> greet.salutation', '{"a": 1} -> x.y', "[1] -> x"])
def test_what_the_hint_says_mends_the_line(line: str) -> None:
    assert problems_of(flow(quoted(line))) == []


def test_all_connections_that_need_quotes_are_told_at_once() -> None:
    problems = problems_of(flow('"a" -> b.c', "d -> e", '{"a": 1} -> f'))
    assert [problem.partition(":")[0] for problem in problems] == ["5", "7"]
    many = problems_of(flow(*['"a" -> b.c'] * 1000))
    assert len(many) == MAX_REPORTED


def test_another_mistake_is_told_beside_them() -> None:
    problems = problems_of('a:\n\tb\nflow:\n  - "a" -> b\n')
    assert [problem.partition(". ")[0] for problem in problems] == [
        "2:1: a tab cannot indent",
        "4:5: YAML cannot read this connection without quotes",
    ]


def test_the_parser_without_its_c_library_is_translated_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wasmflow.manifest.yaml._LOADER", pyyaml.SafeLoader)
    for text in ("a:\n\tb: 1", "a: b: c", "a: 'x", "a: [1,\nb: 2", "- a\nb: 1", "a: @x", "a: ]"):
        with pytest.raises(ProblemsError) as caught:
            read_yaml(text.encode(), "f")
        assert not any("not YAML" in problem.message for problem in caught.value.problems)


def test_quoted_text_is_read_back_by_yaml() -> None:
    root, _ = read_yaml(quoted("it's -> b").encode(), "f")
    assert root is not None
    assert getattr(root, "value", None) == "it's -> b"
