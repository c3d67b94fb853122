"""What the functions `echo_…` of `guests/everything.py` are given, and what they give back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.strategies import values
from wasmflow.types import model as wit

SOURCE: Final = Path(__file__).parent / "guests" / "everything.py"
SITE: Final = SOURCE.parent / "site"


class Echo(NamedTuple):
    """Values for a function, and what comes back of one."""

    values: SearchStrategy[Any]
    back: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _without_repetitions(values: list[Any]) -> list[Any]:
    return sorted(set(values))


def _last_of_each_key(pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return list(dict(pairs).items())


def _first_name_of_each_member(color: str) -> str:
    return "red" if color == "crimson" else color


_BACK: Final[dict[str, Callable[[Any], Any]]] = {
    "echo-optional": lambda value: [value],
    "echo-dict": _last_of_each_key,
    "echo-mapping": _last_of_each_key,
    "echo-set": _without_repetitions,
    "echo-frozenset": _without_repetitions,
    "echo-color": _first_name_of_each_member,
    "echo-tuple": lambda value: (*value[:2], _first_name_of_each_member(value[2])),
}

_times = st.times().map(lambda time: time.isoformat())
_decimals = st.decimals(allow_nan=False).map(str)

_WRITTEN: Final[dict[str, SearchStrategy[str]]] = {
    "echo-date": st.dates().map(lambda date: date.isoformat()),
    "echo-datetime": st.datetimes(timezones=st.none() | st.just(UTC)).map(
        lambda moment: moment.isoformat()
    ),
    "echo-time": _times,
    "echo-decimal": _decimals,
    "echo-path": st.lists(st.sampled_from(["a", "ü b", ".."]), min_size=1).map("/".join),
    "echo-uuid": st.uuids().map(str),
}


def echo(name: str, type_: wit.Type) -> Echo:
    """What to do with the function of this name, whose parameter has this type."""
    if name == "echo-union-record":
        moments = st.none() | _WRITTEN["echo-datetime"]
        pairs = st.tuples(values(wit.ANY), moments)
        return Echo(pairs.map(lambda pair: dict(zip(("some", "when"), pair, strict=True))), _same)
    given = _WRITTEN[name] if name in _WRITTEN else values(type_, finite=False)
    return Echo(given, _BACK.get(name, _same))
