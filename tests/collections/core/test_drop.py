from __future__ import annotations

import pytest

from tests.collections.core.uses import called, signed, types, use
from wasmflow.types import model as wit


@pytest.mark.parametrize("type_", [wit.U8, wit.ANY, None])
def test_it_takes_anything_and_sends_nothing(type_: wit.Type | None) -> None:
    its = use({"input": type_})
    assert types(signed("drop", its)) == ({"input": type_}, {})
    assert called("drop", its, input=1) == ()
