from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.manifest.documents import component, problems_of
from wasmflow.manifest.document import Document
from wasmflow.manifest.schema import schema_text
from wasmflow.manifest.shape import check, convert
from wasmflow.manifest.yaml import read_yaml
from wasmflow.types.json import dumps

SCHEMA = Draft202012Validator(msgspec.json.decode(schema_text()))


def test_all_mistakes_are_told_at_once_each_at_its_place() -> None:
    problems = problems_of("""\
        version: 1
        nam: x
        description: 5
        components:
          c:
            instances:
              a: { id: text::greet, whit: {} }
            flwo: []
        """)
    assert problems == [
        "2:1: a manifest has no key 'nam'. Hint: did you mean 'name'?",
        "3:14: 'description' must be text, not the number 5. Hint: put quotes around it: '5'",
        "6:5: a component needs the key 'flow'",
        "7:29: an instance has no key 'whit'. Hint: did you mean 'with'?",
        "8:5: a component has no key 'flwo'. Hint: did you mean 'flow'?",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "name:",
            "2:6: 'name' must be text, not nothing. Hint: give it a value, or leave the key out",
        ),
        ("name: [a]", "2:7: 'name' must be text, not a list"),
        ("name: true", "2:7: 'name' must be text, not true. Hint: put quotes around it: 'true'"),
        ("labels: a", "2:9: 'labels' must be a mapping, not the text 'a'"),
        ("labels: {a: 1.0}", "2:13: 'a' must be text, not the number 1.0. Hint: put quotes"),
        (
            "external: {a b: x.wasm}",
            "2:12: 'a b' cannot be a name. Hint: names have letters, digits",
        ),
        ("external: {a: 1}", "2:15: 'a' must be text or a mapping, not the number 1"),
        (
            "external: {a: {}}",
            "2:15: the key 'kind' is missing. Hint: kinds are 'wasm', 'manifest'",
        ),
        ("external: {a: {kind: wsm}}", "2:22: there is no kind 'wsm'. Hint: did you mean 'wasm'?"),
        (
            "external: {a: {kind: x}}",
            "2:22: there is no kind 'x'. Hint: 'kind' has: 'wasm', 'manifest'",
        ),
        ("external: {a: {kind: [x]}}", "2:22: 'kind' must be text, not a list"),
        (
            "external: {a: {kind: wasm}}",
            "2:15: a collection of kind wasm needs the key 'reference'",
        ),
        ("components: {a: b}", "2:17: 'a' must be a mapping, not the text 'b'"),
        ("flow: []", "2:1: a manifest has no key 'flow'. Hint: a flow belongs to a component"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(line: str, problem: str) -> None:
    (found,) = problems_of(f"version: 1\n{line}\n")
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            "inputs: {a: {optional: no}}",
            "'optional' must be true or false, not the text 'no'. Hint: in YAML 1.2",
        ),
        (
            "inputs: {a: {optional: 'true'}}",
            "'optional' must be true or false, not the text 'true'",
        ),
        (
            "instances: {a: {id: b::c, retry: '3'}}",
            "'retry' must be a whole number or a mapping, not the text '3'. Hint: numbers have no quotes",
        ),
        (
            "instances: {a: {id: b::c, retry: 1.5}}",
            "'retry' must be a whole number or a mapping, not the number 1.5",
        ),
        ("instances: {a: {id: b::c, retry: -1}}", "'retry' must be at least 0"),
        ("instances: {a: {id: b::c, retry: {times: 101}}}", "'times' must be at most 100"),
        (
            "instances: {a: {id: b::c, retry: {times: 1, delay: -0.5}}}",
            "'delay' must be at least 0",
        ),
        (
            "instances: {a: {id: b::c, data: {}}}",
            "an instance has no key 'data'. Hint: it is called `with` since version 1",
        ),
        ("instances: {a: {id: b::c, retry: {}}}", "a retry needs the key 'times'"),
        ("instances: {a: {id: b::c, with: [x]}}", "'with' must be a mapping, not a list"),
    ],
)
def test_numbers_booleans_and_bounds_are_checked(body: str, problem: str) -> None:
    (found,) = problems_of(component(f"{body}\nflow: []"))
    assert problem in found


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "a: b -> c",
            "YAML reads this connection as a mapping. Hint: put quotes around the whole "
            "connection: - 'a: b -> c'",
        ),
        (
            "<>.x -> a: b",
            "YAML reads this connection as a mapping. Hint: put quotes around the whole "
            "connection: - '<>.x -> a: b'",
        ),
        (
            "5",
            "an entry of 'flow' must be text or a mapping, not the number 5. Hint: put quotes around it: '5'",
        ),
        ("", "an entry of 'flow' must be text or a mapping, not nothing"),
        ("[a -> b]", "an entry of 'flow' must be text or a mapping, not a list"),
        ("{from: a}", "a connection needs the key 'to'"),
        (
            "{from: a, to: b, defalt: 1}",
            "a connection has no key 'defalt'. Hint: did you mean 'default'?",
        ),
        (
            "{from: a, to: {instance: b, path: [c]}}",
            "the 'to' of a connection has no key 'path'. Hint: a path leads into what is sent",
        ),
        (
            "{from: {instance: a, port: b, path: [-1]}, to: c}",
            "an entry of 'path' must be at least 0",
        ),
    ],
)
def test_an_entry_of_a_flow_that_is_no_connection_is_told_so(line: str, problem: str) -> None:
    (found,) = problems_of(component(f"flow:\n  - {line}"))
    assert problem in found


keys = st.sampled_from(
    [
        *("version", "name", "labels", "external", "components", "kind", "reference", "variables"),
        *("flow", "instances", "inputs", "outputs", "id", "with", "retry", "times", "delay"),
        *("factor", "type", "optional", "default", "from", "to", "instance", "port", "path", "x"),
    ]
)
scalars = st.sampled_from(
    [None, True, False, 0, 1, -1, 101, 1.5, "", "a", "a b", "wasm", "Manifest", "a -> b"]
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """A tree that is often nearly a manifest."""
    flow = st.lists(trees, max_size=2)
    instance = st.fixed_dictionaries({}, optional={"id": scalars, "with": trees, "retry": trees})
    port = st.fixed_dictionaries(
        {}, optional={"type": scalars, "optional": trees, "default": trees}
    )
    ports = st.dictionaries(keys, port | scalars, max_size=2)
    instances = st.dictionaries(keys, instance | scalars, max_size=2)
    part = st.fixed_dictionaries(
        {"flow": flow}, optional={"inputs": ports, "outputs": ports, "instances": instances}
    )
    external = st.fixed_dictionaries(
        {}, optional={"kind": scalars, "reference": scalars, "variables": trees}
    )
    return draw(
        trees
        | st.fixed_dictionaries(
            {"version": st.just(1) | scalars},
            optional={
                "components": st.dictionaries(keys, part | trees, max_size=2),
                "external": st.dictionaries(keys, external | scalars, max_size=2),
                "labels": trees,
            },
        )
    )


@given(documents())
def test_the_check_and_the_published_schema_and_msgspec_agree(document: Any) -> None:
    root, _ = read_yaml(dumps(document).encode(), "f")
    assert root is not None
    fits = not check(root, Document)
    assert fits == SCHEMA.is_valid(document)
    if '"Manifest"' not in dumps(
        document
    ):  # the other spelling of a kind, which msgspec does not know
        assert fits == (convert(root, Document) is not None)
