from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.assembled import component_type, function, interface, lenient
from tests.strategies import types
from wasmflow.collections.wasm import bounds
from wasmflow.collections.wasm.bounds import Extent, Extents
from wasmflow.collections.wasm.section import Metadata
from wasmflow.collections.wasm.signature import read_exports
from wasmflow.types import model as wit


def refused(result: wit.Type | None, **inputs: wit.Type) -> bool:
    """Whether the reader of binaries refuses a function with these types."""
    exported = component_type(interface(function("f", result, **inputs)))
    return "f" in read_exports(exported, lenient(), Metadata()).refused


@settings(deadline=None, max_examples=50)
@given(types(), types(), st.booleans())
def test_a_function_has_as_many_nodes_as_the_reader_of_binaries_counts(
    first: wit.Type, second: wit.Type, gives: bool
) -> None:
    result = wit.Result(second, wit.STRING) if gives else None
    parameters = [wit.Part("a", first), wit.Part("b", second)]
    extent = Extents().of_function(parameters, result)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "MOST_NODES", extent.nodes)
        patch.setattr(bounds, "DEEPEST", extent.depth)
        assert not extent.excess
        assert not refused(result, a=first, b=second)
        patch.setattr(bounds, "MOST_NODES", extent.nodes - 1)
        assert extent.excess == f"more than {extent.nodes - 1} parts, unfolded"
        assert refused(result, a=first, b=second)


@settings(deadline=None, max_examples=20)
@given(types())
def test_a_type_is_as_deep_as_the_reader_of_binaries_counts(type_: wit.Type) -> None:
    type_ = wit.Option(type_)
    extent = Extents().of(type_)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "DEEPEST", extent.depth)
        assert not refused(None, a=type_)
        patch.setattr(bounds, "DEEPEST", extent.depth - 1)
        assert extent.excess == f"more than {extent.depth - 1} levels"
        assert refused(None, a=type_)


def test_a_type_that_doubles_with_each_level_is_measured_at_once() -> None:
    type_: wit.Type = wit.U8
    for _ in range(200):
        type_ = wit.Tuple((type_, type_))
    assert Extents().of(type_) == Extent(2**202 - 3, 200)
