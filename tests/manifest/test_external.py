from __future__ import annotations

import pytest

from tests.manifest.documents import problems_of, read
from wasmflow.grants import NOTHING, Folder, Grants
from wasmflow.manifest.model import External
from wasmflow.problem import Place


def external(entry: str, **variables: str) -> External:
    found = read(f"version: 1\nexternal:\n  x: {entry}\n", variables)
    return found.external["x"]


def problem(entry: str, **variables: str) -> str:
    (found,) = problems_of(f"version: 1\nexternal:\n  x: {entry}\n", variables)
    return found


@pytest.mark.parametrize(
    ("entry", "kind", "reference"),
    [
        ("./text.wasm", "wasm", "./text.wasm"),
        ("a.yaml", "manifest", "a.yaml"),
        ("../a.yml", "manifest", "../a.yml"),
        ("a.wafl", "manifest", "a.wafl"),
        ("{ kind: wasm, reference: ./text.bin }", "wasm", "./text.bin"),
        ("{ kind: Wasm, reference: ./text }", "wasm", "./text"),
        ("{ kind: Manifest, reference: a.wasm }", "manifest", "a.wasm"),
    ],
)
def test_the_kind_is_that_of_the_file_or_said(entry: str, kind: str, reference: str) -> None:
    found = external(entry)
    assert (found.kind, found.reference, found.variables) == (kind, reference, {})


def test_the_place_is_that_of_the_reference() -> None:
    assert external("./text.wasm").place == Place("flow.yaml", 3, 6)
    assert external("{ kind: wasm, reference: a.wasm }").place == Place("flow.yaml", 3, 31)


def test_variables_are_substituted_in_references_and_settings() -> None:
    found = external(
        '{ kind: manifest, reference: "$DIR/a.yaml", variables: { A: "${DIR}/b", B: c } }', DIR="/d"
    )
    assert found.reference == "/d/a.yaml"
    assert found.variables == {"A": "/d/b", "B": "c"}
    assert external("$FILE", FILE="x.wasm").kind == "wasm"


def test_variables_are_substituted_nowhere_else() -> None:
    found = read("""
        version: 1
        name: $A
        labels: { a: $A }
        components:
          c:
            description: $A
            instances: { i: { id: text::greet, with: { name: $A } } }
            flow:
              - { from: '"$A"', to: i.x, default: '"$ERROR"' }
        """)
    component = found.components["c"]
    assert (found.name, found.labels["a"], component.description) == ("$A", "$A", "$A")
    assert component.instances["i"].pinned["name"].value == "$A"
    assert component.connections[0].source.literal == "$A"
    assert component.connections[0].default == "$ERROR"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("$NOPE/a.wasm", "3:6: the variable 'NOPE' is not set"),
        ("{ kind: wasm, reference: '' }", "3:31: '' is not a file name"),
        ("./text.bin", "3:6: what kind of collection './text.bin' is cannot be told from its name"),
        (
            "{ kind: GrpcUrl, url: 'http://x' }",
            "3:14: kind 'GrpcUrl' is not available. Hint: as yet",
        ),
        ("{ kind: grpc, reference: x }", "3:14: kind 'grpc' is not available"),
        ("{ kind: Mesh, id: x }", "3:14: kind 'Mesh' is not available"),
        ("{ kind: nats, id: x }", "3:14: kind 'nats' is not available"),
        ("{ kind: GrpcTar, reference: x }", "3:14: kind 'GrpcTar' is not available. Hint: native"),
        (
            "{ kind: wasm, reference: a.wasm, permissions: { dirs: {} } }",
            "3:39: a collection of kind wasm has no key 'permissions'. Hint: write grant;",
        ),
        (
            "{ kind: wasm, reference: a.wasm, grant: { http: {} } }",
            "3:48: a grant has no key 'http'. Hint: components have no network yet",
        ),
        (
            "{ kind: wasm, reference: a.wasm, grant: { stdin: true } }",
            "3:48: a grant has no key 'stdin'. Hint: write stdio: [stdin,",
        ),
        (
            "{ kind: wasm, reference: a.wasm, grant: { dirs: { data: . } } }",
            "3:56: 'data' cannot be a path. Hint: paths have a '/' in front",
        ),
        (
            "{ kind: wasm, reference: a.wasm, grant: { dirs: { /a: ./none } } }",
            "3:60: there is no folder",
        ),
        (
            "{ kind: wasm, reference: a.wasm, grant: { dirs: { /a: . , /a/b/..: / } } }",
            "3:64: the path '/a' has a folder already",
        ),
        (
            "{ kind: wasm, reference: a.wasm, grant: { env: [A B] } }",
            "3:54: an entry of 'env' cannot be a name. Hint: names have letters",
        ),
        (
            "{ kind: wasm, reference: a.wasm, grant: { random: false } }",
            "3:56: 'random' must be",
        ),
        (
            "{ kind: manifest, reference: a.yaml, config: {} }",
            "3:43: a collection of kind manifest has no key 'config'. Hint: collections have no",
        ),
    ],
)
def test_what_cannot_be_is_told(entry: str, message: str) -> None:
    assert problem(entry).startswith(message)


def test_addresses_that_are_not_files_are_told_so() -> None:
    assert "only files can be opened" in problem("oci://example.com/text:1")
    assert "only files can be opened" in problem(
        "{ kind: wasm, reference: 'https://example.com/a' }"
    )


def test_python_source_is_built_first() -> None:
    assert problem("./text.py").endswith("wasmflow build ./text.py")


@pytest.mark.parametrize("namespace", ["core", "self"])
def test_reserved_namespaces_are_refused(namespace: str) -> None:
    (found,) = problems_of(f"version: 1\nexternal: {{ {namespace}: a.wasm }}\n")
    assert found.startswith(
        f"2:13: no namespace can be called '{namespace}'. Hint: it always stands"
    )


def test_a_setting_with_an_unset_variable_is_a_problem() -> None:
    entry = '{ kind: manifest, reference: a.yaml, variables: { A: "$NOPE" } }'
    assert problem(entry).startswith("3:60: the variable 'NOPE' is not set")


def test_grants_are_read_with_their_place() -> None:
    found = external("{ kind: wasm, reference: a.wasm, grant: { env: [B, A], random: real } }")
    assert found.grant == Grants(frozenset({"A", "B"}), random=True)
    assert found.grant_place == Place("flow.yaml", 3, 46)
    found = external("{ kind: wasm, reference: a.wasm, grant: { stdio: [stderr], clock: real } }")
    assert found.grant == Grants(stdio=frozenset({"stderr"}), clock=True)
    assert external("a.wasm").grant == NOTHING


def test_folders_are_granted_with_where_they_are() -> None:
    dirs = '{ /a: $DIR, /b: { path: "${DIR}/..", write: true } }'
    entry = f"{{ kind: wasm, reference: a.wasm, grant: {{ dirs: {dirs} }} }}"
    assert external(entry, DIR="/usr").grant.dirs == {
        Folder("/a", "/usr"),
        Folder("/b", "/", write=True),
    }
