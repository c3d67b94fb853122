"""The text of JSON, read and written more strictly than the standard library does.

What `loads` gives is a JSON value that every other reader understands in the same way: keys are there
once, numbers are finite, strings are Unicode, and nesting has an end that recursive code can reach.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from itertools import accumulate
from math import isinf
from typing import Any, Final, NoReturn

from wasmflow.types.model import Json, Misfit
from wasmflow.types.scalars import is_text, quoted

#: How deep lists and objects may be nested. serde_json, which many guests read with, ends there too.
DEPTH: Final = 128


class NotJson(Misfit):
    """A text that is none of JSON's: whoever wrote it may not know that it was to be."""


def loads(text: str | bytes) -> Json:
    """The value that a JSON text stands for. Raises `Misfit`, with line and column where it can."""
    raw = _encoded(text).removeprefix(BOM_UTF8)
    if raw.count(b"[") + raw.count(b"{") > DEPTH:
        _refuse_depth(raw)
    try:
        value = _DECODER.decode(raw.decode())
    except json.JSONDecodeError as error:
        raise NotJson(_reason(error)) from None
    except UnicodeDecodeError as error:
        raise Misfit(f"not JSON: byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise Misfit("not read: too little stack is left for JSON nested like this") from None
    except ValueError:
        raise Misfit("not JSON that can be read: a number has too many digits") from None
    if b"\\u" in raw:
        dumps(value)  # refuses lone surrogates, which only an escape can bring in
    return value


def dumps(value: Json) -> str:
    """The text of a JSON value: compact, on one line, with characters beyond ASCII as they are."""
    try:
        text = _ENCODER.encode(value)
    except RecursionError:
        raise Misfit("nested too deeply to be written as JSON") from None
    except ValueError:
        raise Misfit("NaN, infinities and numbers of thousands of digits are no JSON") from None
    if not is_text(text):
        raise Misfit("a string in it is not Unicode text (a lone surrogate)")
    return text


def _encoded(text: str | bytes) -> bytes:
    try:
        return text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError as error:
        raise Misfit(f"not JSON: character {error.start + 1} is a lone surrogate") from None


def _reason(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "not JSON: there is nothing"
    problem = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    return f"not JSON: {problem} at line {error.lineno}, column {error.colno}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise Misfit(f"key {quoted(twice)} stands twice in one object")
    return members


def _float(digits: str) -> float:
    value = float(digits)
    if isinf(value):
        raise Misfit(f"{digits[:40]} is beyond the range of numbers (f64)")
    return value


def _constant(name: str) -> NoReturn:
    raise Misfit(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_constant=_constant
)
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
)

_NO_BRACKETS: Final = bytes(set(range(256)) - set(b'[]{}"'))
_NESTING: Final = [1 if byte in b"[{" else -1 if byte in b"]}" else 0 for byte in range(256)]


def _refuse_depth(raw: bytes) -> None:
    """Counted beforehand, since the parser's own limit depends on how much stack is left."""
    marks = raw.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _NO_BRACKETS)
    outside = b"".join(marks.split(b'"')[::2])
    if max(accumulate(map(_NESTING.__getitem__, outside)), default=0) > DEPTH:
        raise Misfit(f"nested more than {DEPTH} levels deep")
