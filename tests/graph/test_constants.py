from __future__ import annotations

import pytest

from wasmflow.component import Port
from wasmflow.graph.constants import decode
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit


def test_a_constant_is_a_value_of_the_type_of_its_port() -> None:
    assert decode(Port("a", wit.BYTES), "aGk=") == b"hi"
    assert decode(Port("a", None), {"x": [1]}) == {"x": [1]}


def test_null_leaves_an_optional_input_out_and_fits_no_required_one() -> None:
    assert decode(Port("a", wit.STRING, optional=True), None) is EMPTY
    with pytest.raises(wit.Misfit):
        decode(Port("a", wit.STRING), None)


def test_an_optional_option_is_written_as_one_inside_another() -> None:
    port = Port("a", wit.Option(wit.STRING), optional=True)
    assert decode(port, None) is EMPTY
    assert decode(port, {"some": None}) is None
    assert decode(port, {"some": "x"}) == "x"


def test_null_is_a_value_of_any() -> None:
    assert decode(Port("a", wit.ANY, optional=True), None) is None
    assert decode(Port("a", wit.ANY), None) is None
