from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.manifest.documents import problems_of, read
from wasmflow.errors import ProblemsError, WorldError
from wasmflow.manifest.connection import format_connection
from wasmflow.manifest.load import load_manifest, parse_manifest
from wasmflow.problem import Place

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_manifest_is_read_whole() -> None:
    found = load_manifest(EXAMPLES / "01-hello/salutations.yaml", {})
    assert (found.name, found.path.name) == ("salutations", "salutations.yaml")
    assert found.external["text"].reference == "./text.wasm"
    hello = found.components["hello"]
    assert hello.description == "Greets somebody by name."
    assert hello.place.line == 8
    assert hello.instances["greet"].pinned["salutation"].value == "Hello"
    assert [format_connection(connection) for connection in hello.connections] == [
        "<>.first_name -> join.left",
        "<>.last_name -> join.right",
        "join.output -> greet.name",
        "greet.output -> <>",
    ]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda path: path.name)
def test_every_example_is_well_formed(path: Path) -> None:
    found = load_manifest(path, {})
    assert found.components
    assert found.problems == ()


def test_places_name_the_file_as_the_user_did(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("version: 1\nnam: x\n")
    with pytest.raises(ProblemsError) as caught:
        load_manifest(path, {})
    assert caught.value.problems[0].place == Place(str(path), 2, 1)


def test_a_file_that_cannot_be_read_is_the_worlds_failure(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(WorldError, match=f"cannot read the manifest '{path}'"):
            load_manifest(path, {})


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(ProblemsError, match="at most 4 MiB"):
        load_manifest(Path("/dev/zero"), {})


def test_a_flow_has_an_end() -> None:
    chains = "".join(f"      - {' -> '.join(['a'] * 10_000)}\n" for _ in range(6))
    source = f"version: 1\ncomponents:\n  f:\n    flow:\n{chains}"
    with pytest.raises(ProblemsError, match=r"^f:10:9: a manifest has at most 50,000 connections"):
        parse_manifest(source.encode(), Path("f"), {})


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~", "null"])
def test_an_empty_manifest_says_so(text: str) -> None:
    (problem,) = problems_of(text)
    assert problem.endswith("this manifest is empty. Hint: begin with: version: 1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hello", "1:1: a manifest must be a mapping, not the text 'hello'"),
        ("- a", "1:1: a manifest must be a mapping, not a list"),
        ("{}", "1:1: a manifest needs the key 'version'. Hint: write version: 1"),
        ("version: false", "1:10: 'version' must be 1, not false"),
        (
            "version: '1'",
            "1:10: 'version' must be 1, not the text '1'. Hint: numbers have no quotes",
        ),
        ("version: true", "1:10: 'version' must be 1, not true"),
        ("version: 1.0", "1:10: 'version' must be 1, not the number 1.0"),
        ("version: 0\nnetwork: {}", "1:10: manifests of version 0 are not read. Hint: rewrite it"),
        ("version: '0'", "1:10: manifests of version 0 are not read"),
        ("network: {}", "1:1: manifests of version 0 are not read"),
        ("version: 2\nfoo: bar", "1:10: version 2 of manifests is not known"),
    ],
)
def test_a_document_that_is_no_manifest_of_version_1_is_told_so(text: str, problem: str) -> None:
    (found,) = problems_of(text)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("host", "how a manifest is run is said to `wasmflow`"),
        ("default_flow", "name the component when you run it"),
        ("unstable_triggers", "it is called triggers: {NAME: {kind: ...}}"),
    ],
)
def test_keys_of_the_original_are_refused_with_advice(key: str, hint: str) -> None:
    (found,) = problems_of(f"version: 1\n{key}: {{}}\n")
    assert found.startswith(f"2:1: a manifest has no key '{key}'. Hint: {hint}")


def test_structure_and_grammar_are_checked_in_one_go() -> None:
    problems = problems_of("""\
        version: 1
        labels: [a]
        external:
          text: $NOPE/text.wasm
          core: a.wasm
        components:
          a:
            instances: { g: greet }
            inputs: { x: strin }
            flow:
              - a b
              - 5
          b:
            flow: {}
        """)
    assert [problem.partition(": ")[0] for problem in problems] == [
        "2:9",
        "4:9",
        "5:3",
        "8:21",
        "9:18",
        "11:11",
        "12:9",
        "14:11",
    ]


def test_what_could_be_read_is_there_with_what_could_not() -> None:
    source = """\
version: 1
external: { good: ./a.wasm, bad: $NOPE/b.wasm, core: ./c.wasm }
components:
  line: { flow: ['<> => good::a[a]', '<> -> good::b[b]'] }
  whole: { flow: ['<> -> good::a[a]'] }
  entry: { instances: { x: greet, y: good::y }, flow: [] }
  shape: { flow: [], retry: 3 }
  last: { flow: [] }
labels: 5
"""
    found = parse_manifest(source.encode(), Path("flow.yaml"), {})
    assert set(found.external) == {"good"}
    assert found.unread == {"bad", "core"}
    incomplete = [name for name, each in found.components.items() if each.incomplete]
    assert incomplete == ["line", "entry", "shape"]
    assert list(found.components["line"].instances) == ["b"]
    assert list(found.components["entry"].instances) == ["y"]
    assert [problem.place.line for problem in found.problems] == [2, 2, 4, 6, 7, 9]


@pytest.mark.parametrize("text", ["external: []", "components: 5", "externl: { a: ./a.wasm }"])
def test_nothing_is_looked_up_where_there_are_no_names(text: str) -> None:
    text = f"version: 1\n{text}\n"
    with pytest.raises(ProblemsError):
        parse_manifest(text.encode(), Path("flow.yaml"), {})


def test_components_that_differ_in_spelling_only_are_refused() -> None:
    (found,) = problems_of("version: 1\ncomponents: { a_b: { flow: [] }, a-b: { flow: [] } }\n")
    assert found.startswith("2:34: 'a-b' and 'a_b' are the same name")


def test_labels_and_names_are_kept_as_written() -> None:
    found = read("version: 1\nname: n\ndescription: d\nlabels: { some/key: no, b: '1' }\n")
    assert (found.name, found.description) == ("n", "d")
    assert found.labels == {"some/key": "no", "b": "1"}


def test_a_manifest_of_ten_thousand_instances_is_read() -> None:
    instances = "".join(
        f"      n{i}: {{ id: text::up, with: {{ a: 1 }} }}\n" for i in range(10_000)
    )
    lines = "".join(f"      - n{i}.output -> n{i + 1}.input\n" for i in range(9_999))
    text = f"version: 1\ncomponents:\n  c:\n    instances:\n{instances}    flow:\n{lines}"
    found = read(text.encode()).components["c"]
    assert (len(found.instances), len(found.connections)) == (10_000, 9_999)


fragments = st.sampled_from(
    [
        *[
            "version: 1",
            "external:",
            "components:",
            "  c:",
            "    flow:",
            "      - ",
            "a -> b",
            "{",
            "}",
            "[",
            "]",
        ],
        *[
            "    instances:",
            "      x: ",
            "a::b",
            "text::greet[g]",
            "<>",
            "->",
            '"',
            "'",
            ": ",
            ", ",
            "\n",
            "\n",
            " ",
        ],
        *[
            "&a ",
            "*a",
            "!!str ",
            "#",
            "kind: ",
            "wasm",
            "reference: ",
            "with: ",
            "default: ",
            "$A",
            "5",
            "no",
            "~",
        ],
    ]
)


@given(st.lists(fragments, max_size=40).map("".join) | st.text(max_size=80))
def test_any_text_is_a_manifest_or_has_problems(text: str) -> None:
    for problem in problems_of(text):
        assert problem
