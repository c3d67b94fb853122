"""Values of any type, through real components: honest ones, and ones that return anything."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.assembled import _Types as Types
from tests.collections.wasm.guests import PADDING, echo, opened
from tests.collections.wasm.test_marshal import same, slot
from tests.fuzz.binaries import check_sent
from tests.strategies import types, types_and_values
from wasmflow.component import Port
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(types_and_values(finite=False))
def test_any_value_of_any_type_comes_back_from_a_component(pair: tuple[wit.Type, Any]) -> None:
    type_, value = pair
    with opened(echo(type_)) as guest:
        outcome = asyncio.run(guest.call("echo", slot(type_, value), PADDING))
    assert isinstance(outcome, tuple), outcome
    assert same(outcome[0][0], value)


#: Returns what stands at an address of its memory, whatever that is.
_GIVE = """(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 0) "{content}")
    (func (export "give") (result i32) (i32.const {address})))
  (core instance $i (instantiate $m))
  {declarations}
  (func (export "give") (result (tuple {type} u8))
    (canon lift (core func $i "give") (memory (core memory $i "memory")))))"""


def giver(type_: wit.Type, content: bytes, address: int) -> str:
    written = Types()
    text = written.text(type_)
    escaped = "".join(f"\\{byte:02x}" for byte in content)
    declarations = "\n".join(written.declarations)
    return _GIVE.format(content=escaped, address=address, declarations=declarations, type=text)


#: Small numbers are lengths and addresses inside the memory.
contents = st.lists(
    st.sampled_from(b"\0\0\0\0\1\2\x04\x08\x7f\xff") | st.integers(0, 255), max_size=64
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(types(), contents.map(bytes), st.sampled_from([0, 0, 0, 8, 3, 65528, 65536, -8]))
def test_whatever_a_component_returns_is_a_value_of_the_type_or_an_error(
    type_: wit.Type, content: bytes, address: int
) -> None:
    with opened(giver(type_, content, address)) as guest:
        outcome = asyncio.run(guest.call("give"))
    if isinstance(outcome, Failure):
        assert outcome.kind is Kind.ERROR
    else:
        check_sent(outcome, [Port("output", wit.Tuple((type_, wit.U8)))])
