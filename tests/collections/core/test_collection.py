"""The collection of core components."""

from __future__ import annotations

import pytest

from tests.fakes import transaction
from wasmflow.collections.core import CoreCollection
from wasmflow.component import Collection, Signature, Template, Use
from wasmflow.errors import ProblemsError

core: Collection = CoreCollection()


def test_everything_in_it_is_a_template_with_a_description() -> None:
    for name, definition in core.definitions.items():
        assert isinstance(definition, Template)
        assert definition.outline.name == name
        assert definition.outline.description
        assert all(definition.constants.values())
        for port in (*definition.outline.inputs, *definition.outline.outputs):
            assert port.description, f"{name}.{port.name}"


def test_an_unknown_component_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        core.component("nope", Use())


def test_a_wrong_use_is_refused_with_its_problems() -> None:
    with pytest.raises(ProblemsError, match="needs the constant 'output'"):
        core.component("sender", Use())


def test_what_is_undetermined_on_the_way_in_is_no_problem() -> None:
    uses = {
        "sender": Use(constants={"output": 1}),
        "merge": Use({"a": None}),
        "first": Use({"a": None}),
        "pluck": Use({"input": None}, {"path": "a"}),
        "parse": Use({"input": None}),
        "format": Use({"input": None}),
        "switch": Use({"input": None}, {"cases": {"a": 1}}),
        "log": Use({"input": None}),
        "fail": Use({"message": None}),
        "drop": Use({"input": None}),
        "each": Use({"input": None}),
        "collect": Use({"input": None}),
        "batch": Use({"input": None}, {"count": 2}),
        "take": Use({"input": None}, {"count": 2}),
        "zip": Use({"a": None}),
        "interleave": Use({"a": None}),
        "concat": Use({"a": None}),
        "race": Use({"a": None}),
    }
    assert set(uses) == set(core.definitions)
    for name, use in uses.items():
        definition = core.definitions[name]
        assert isinstance(definition, Template)
        assert isinstance(definition.signature(use), Signature)


async def test_it_holds_nothing() -> None:
    core.release(transaction())
    await core.aclose()
    await core.aclose()
    assert core.about.kind == "core"
