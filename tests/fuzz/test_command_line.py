"""What is typed, and what comes on standard input, for components with inputs of any types."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import NAMES, json_values, texts, types
from wasmflow.cli.lines import wanted
from wasmflow.cli.ports import read_ports
from wasmflow.codec.lines import json_meaning, raw_meaning
from wasmflow.component import Port, Signature
from wasmflow.errors import UsageError
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import dumps
from wasmflow.types.python import accepter
from wasmflow.types.text import from_text


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    names = draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
    port = st.tuples(st.none() | types(depth=2), st.booleans(), st.none() | st.integers(0, 1))
    return Signature("f", tuple(Port(name, *draw(port)) for name in names))


lines = st.binary(max_size=40) | (
    json_values | st.dictionaries(st.sampled_from(NAMES), json_values, max_size=3)
).map(lambda value: dumps(value).encode())


def check_given(given: dict[str, Any], signature: Signature) -> None:
    """What is given goes to inputs that are there, and is of their types."""
    ports = {port.name: port for port in signature.inputs}
    for name, value in given.items():
        accepter(ports[name].type)(value)


@given(signatures(), lines)
def test_any_line_gives_values_of_the_inputs_types_or_does_not_fit(
    signature: Signature, line: bytes
) -> None:
    needed = wanted(signature, read_ports(signature, []))
    with suppress(wit.Misfit):
        check_given(json_meaning(needed)(line), signature)
    with suppress(wit.Misfit, UsageError):
        check_given(raw_meaning(needed)(line), signature)


#: No files are read here.
values = texts.filter(lambda text: not text.startswith("@")) | json_values.map(dumps)
flags = st.builds("--{}={}".format, st.sampled_from(NAMES), values)
words = st.lists(flags | st.sampled_from([f"--{name}" for name in NAMES]) | values, max_size=4)


@given(signatures(), words)
def test_any_arguments_are_values_of_the_inputs_types_or_a_wrong_use(
    signature: Signature, words: list[str]
) -> None:
    with suppress(UsageError):
        given = read_ports(signature, words)
        present = {name: value for name, value in given.values.items() if value is not EMPTY}
        check_given(present, signature)
        assert all(not port.optional for port in given.missing)


@given(types(), values)
def test_any_text_is_a_value_of_the_type_or_does_not_fit(type_: wit.Type, text: str) -> None:
    with suppress(wit.Misfit):
        accepter(type_)(from_text(type_, text))
