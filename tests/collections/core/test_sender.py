from __future__ import annotations

import pytest

from tests.collections.core.uses import called, problems, types, use
from tests.collections.core.uses import signed as signature_of
from wasmflow.types import model as wit


@pytest.mark.parametrize("value", [None, False, 1, "text", [1], {"a": {}}])
def test_it_sends_its_constant_whatever_it_is(value: wit.Json) -> None:
    assert called("sender", use(output=value)) == (value,)


def test_its_output_is_json() -> None:
    assert types(signature_of("sender", use(output=1))) == ({}, {"output": wit.ANY})


def test_it_needs_its_constant() -> None:
    (problem,) = problems("sender", use())
    assert problem.port == "output"
    assert "output" in problem.hint
