from __future__ import annotations

from wasmflow.types import model as wit


def test_a_misfit_says_what_and_where() -> None:
    misfit = wit.Misfit("too big").inside(".age").inside("[3]").inside(".users")
    assert str(misfit) == ".users[3].age: too big"
    assert misfit.reason == "too big"


def test_types_are_equal_by_structure_whatever_they_are_called() -> None:
    fields = (wit.Part("a", wit.U8),)
    assert wit.Record(fields, "one") == wit.Record(fields, "two")
    assert hash(wit.Record(fields, "one")) == hash(wit.Record(fields, "two"))
