from __future__ import annotations

import pytest
import yaml as pyyaml
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.strategies import json_values
from wasmflow.errors import ProblemsError
from wasmflow.manifest import tree, yaml
from wasmflow.manifest.yaml import MAX_BYTES, MAX_CHARACTERS, MAX_DEPTH, MAX_NODES, read_yaml
from wasmflow.problem import MOST_TOLD, Place, Problem
from wasmflow.types.json import dumps


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML with and without its C library, which not every installation has."""
    monkeypatch.setattr(yaml, "_LOADER", getattr(pyyaml, request.param))


def read(text: str | bytes) -> tuple[object, list[str]]:
    """The value in a text, and its problems without the name of the file."""
    source = text.encode() if isinstance(text, str) else text
    try:
        root, problems = read_yaml(source, "f")
    except ProblemsError as error:
        root, problems = None, list(error.problems)
    return root and tree.plain(root), [str(each).removeprefix("f:").strip() for each in problems]


def problem_of(text: str | bytes) -> str:
    _, problems = read(text)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.usefixtures("_each_parser")
def test_every_key_and_value_has_its_place() -> None:
    root, problems = read_yaml("ä: b\nc:\n  - {d: [1, x]}\n".encode(), "f")
    assert isinstance(root, tree.Mapping)
    assert problems == []
    assert root.entries["ä"].value == tree.Scalar("b", Place("f", 1, 4), "b")
    entry = root.entries["c"]
    assert (entry.place, entry.value.place) == (Place("f", 2, 1), Place("f", 3, 3))
    (block,) = tree.items(entry.value)
    assert block.place == Place("f", 3, 5)
    assert tree.items(tree.get(block, "d"))[1].place == Place("f", 3, 13)


@pytest.mark.usefixtures("_each_parser")
@pytest.mark.parametrize("text", ["", "\n\n", "# only this\n", "\ufeff", "   "])
def test_an_empty_file_has_no_root(text: str) -> None:
    assert read_yaml(text.encode(), "f") == (None, [])


@pytest.mark.usefixtures("_each_parser")
def test_a_mark_at_the_beginning_and_windows_lines_are_fine() -> None:
    assert read("\ufeffa: 1\r\nb: 2\r\n") == ({"a": 1, "b": 2}, [])
    assert read("%YAML 1.2\n---\na: 1\n...\n") == ({"a": 1}, [])


@pytest.mark.usefixtures("_each_parser")
def test_quotes_make_text_of_everything() -> None:
    assert read("[no, 'no', \"1\", '', 1, |\n  2\n]")[0] is None
    assert read("a: ['1', \"true\", '', ~]\nb: |\n  2\n")[0] == {
        "a": ["1", "true", "", None],
        "b": "2\n",
    }


@pytest.mark.usefixtures("_each_parser")
def test_a_doubled_key_is_refused_with_both_places() -> None:
    value, problems = read("a: 1\nb:\n  c: 2\n  c: 3\na: 4\n")
    assert value == {"a": 1, "b": {"c": 2}}
    assert problems == [
        "4:3: the key 'c' is there twice. Hint: the other one is at f:3:3; keep one of them",
        "5:1: the key 'a' is there twice. Hint: the other one is at f:1:1; keep one of them",
    ]


@pytest.mark.usefixtures("_each_parser")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1: x", "1:1: the key 1 is not text. Hint: put quotes around it: '1'"),
        ("true: x", "1:1: the key true is not text. Hint: put quotes around it: 'true'"),
        ("~: x", "1:1: the key ~ is not text. Hint: put quotes around it: '~'"),
        ("? \n: x", "1:2: a key is missing here"),
        ("[a]: x", "1:1: a list cannot be a key"),
        ("{a: b}: x", "1:1: a mapping cannot be a key"),
        ("a: {{x}}", "1:5: a mapping cannot be a key"),
        ("<<: {a: 1}", "1:1: merge keys ('<<') are not part of YAML 1.2"),
        ("a: &x b\n*x : c", "2:1: an alias cannot be a key"),
        ("a: !!str 5", "1:4: manifests have no YAML tags"),
        ("a: ! b", "1:4: manifests have no YAML tags"),
        ("a: !python/object:os.system {}", "1:4: manifests have no YAML tags"),
        ("%YAML 1.1\n---\na: 1", "1:1: manifests are YAML 1.2"),
        ("a: 1\n--- \nb: 2", "2:1: a manifest is one YAML document"),
        ("a: *x", "1:4: there is no anchor '&x' before this alias"),
        ("a: &x [*x]", "1:8: the alias '*x' stands inside what it stands for"),
        ("a: 0777", "1:4: 0777 is not the same number in YAML 1.1 and 1.2"),
    ],
)
def test_what_yaml_has_and_manifests_do_not_is_refused(text: str, problem: str) -> None:
    assert problem_of(text).startswith(problem)


@pytest.mark.usefixtures("_each_parser")
def test_quoted_keys_are_text_whatever_they_look_like() -> None:
    assert read("'1': a\n\"true\": b\n'<<': c\nno: d\n") == (
        {"1": "a", "true": "b", "<<": "c", "no": "d"},
        [],
    )


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"\0asm\x0d\0\x01\0", "this is WebAssembly, not a manifest"),
        (b"\xff\xfea\0", "this is UTF-16 text"),
        (b"a: 1\nb: \xff", "2:4: this is not UTF-8 text"),
        (b"a: 1\nb: x\x07", "2:5: the control character U+0007 is not allowed"),
        (b"\x00\x00", "1:1: the control character U+0000 is not allowed"),
        ("a: 'x\u2028y'".encode(), "1:6: the control character U+2028 is not allowed"),
        (b"a: \x7f", "1:4: the control character U+007F is not allowed"),
    ],
)
def test_what_is_not_text_is_refused(source: bytes, problem: str) -> None:
    assert problem_of(source).startswith(problem)


def test_a_large_file_is_refused_before_it_is_read() -> None:
    assert problem_of(b"{" * (MAX_BYTES + 1)).startswith("a manifest has at most 4 MiB")


@pytest.mark.usefixtures("_each_parser")
@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "? ", "[[a]: ", "&a "])
def test_deep_nesting_is_refused_and_ends_no_process(opening: str) -> None:
    _, problems = read(opening * 100_000)
    assert problems


def test_nesting_is_counted_through_aliases() -> None:
    chain = "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 1000))
    assert "nested more than 100 deep" in problem_of("a0: &a0 x\n" + chain)
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)[1] == []
    assert "nested more than" in problem_of("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_an_alias_counts_as_all_that_it_stands_for() -> None:
    bomb = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 20))
    assert f"at most {MAX_NODES:,}" in problem_of("a0: &a0 x\n" + bomb)


def test_the_characters_of_an_alias_count_too() -> None:
    aliases = ", ".join(["*a"] * 100)
    limit = f"the values of a manifest have at most {MAX_CHARACTERS:,} characters"
    assert limit in problem_of(f"a: &a [{'x' * 50_000}]\nb: [{aliases}]\n")
    assert read(f"a: &a [{'x' * 10_000}]\nb: [{aliases}]\n")[1] == []


def test_reading_ends_where_nobody_reads_on() -> None:
    source = "".join(f"{n}: 1\n" for n in range(2 * MOST_TOLD))
    with pytest.raises(ProblemsError) as caught:
        read_yaml(source.encode(), "f")
    assert len(caught.value.problems) == MOST_TOLD + 1
    assert caught.value.problems[-1].message == "there are more problems from here on"


def test_an_alias_repeats_its_anchor() -> None:
    value, problems = read("a: &x [1, {b: c}]\nd: *x\ne: [*x, *x]\n")
    assert problems == []
    shared = [1, {"b": "c"}]
    assert value == {"a": shared, "d": shared, "e": [shared, shared]}


def test_places_of_an_alias_are_those_of_its_anchor() -> None:
    root, _ = read_yaml(b"a: &x y\nb: *x\n", "f")
    found = tree.get(root, "b")
    assert found is not None
    assert found.place == Place("f", 1, 4)


def test_a_comment_behind_a_plain_scalar_is_noticed() -> None:
    root, _ = read_yaml(b"- a # b\n- a\n- 'a' # b\n- a#b\n", "f")
    comments = [isinstance(item, tree.Scalar) and item.comment for item in tree.items(root)]
    assert comments == [True, False, False, False]


@given(json_values)
def test_json_is_read_as_json_means_it(value: object) -> None:
    text = dumps(value)
    assume(not yaml._CONTROL.search(text))
    assert read(text) == (value, [])


@given(st.text() | st.text(alphabet="ab:-[]{}'\"#&*!|>?%@` \n\t,.<0", max_size=40))
def test_any_text_is_read_or_has_problems(text: str) -> None:
    try:
        root, problems = read_yaml(text.encode(errors="surrogatepass"), "f")
    except ProblemsError as error:
        root, problems = None, list(error.problems)
        assert problems
    assert all(isinstance(problem, Problem) for problem in problems)
    assert root is None or dumps(tree.plain(root))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_have_problems(source: bytes) -> None:
    read(source)
