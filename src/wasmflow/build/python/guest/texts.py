"""Codecs of what travels as text: dates, exact numbers, paths, JSON. Imported where they are used."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from .codecs import Codec, Convert, Mismatch, expected, text


def written(kind: type, read: Convert, write: Callable[[Any], str] = str) -> Codec:
    """A class whose values travel as text."""

    def outgoing(value: Any) -> str:
        if isinstance(value, kind):
            return text(write(value))
        raise expected(kind.__name__, value)

    def incoming(value: str) -> Any:
        try:
            return read(value)
        except (ValueError, ArithmeticError):  # of which decimal's are
            raise ValueError(f"{value!r} is not a {kind.__name__}") from None

    return Codec(outgoing, incoming, (kind,))


DATE = written(date, date.fromisoformat, date.isoformat)
DATETIME = written(datetime, datetime.fromisoformat, datetime.isoformat)
DECIMAL = written(Decimal, Decimal)
PATH = written(PurePath, Path)
TIME = written(time, time.fromisoformat, time.isoformat)
UUID_TEXT = written(UUID, UUID)


def json_value(binding: Callable[[str], Any]) -> Codec:
    """`Any`: a JSON value, in a record that holds its text."""

    def outgoing(value: Any) -> Any:
        try:
            shown = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise Mismatch(f"not a JSON value: {error}") from None
        return binding(text(shown))

    return Codec(outgoing, lambda value: json.loads(value.json))
