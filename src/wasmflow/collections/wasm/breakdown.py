"""Why a component broke, in people's words.

wasmtime has no code for most of what can go wrong, so its messages are recognised by their text.
What it says in full, with the backtrace, goes to the log.
"""

from __future__ import annotations

import logging
from typing import Final

from wasmflow.collections.wasm import abi
from wasmflow.packet import Failure, Kind

_log = logging.getLogger(__name__)


def breakdown(error: int) -> Failure:
    """What people are told of a wasmtime error; frees it."""
    text, status = abi.take_error(error)
    _log.debug("a component broke: %s", text)
    return Failure(Kind.ERROR, explain(text) if status is None else explain_exit(status))


def explain_exit(status: int) -> str:
    """What it means that a guest ended its program."""
    return f"it called exit (status {status}); a component ends by returning"


def explain(text: str) -> str:
    """What a message of wasmtime says; the names in its backtrace are the guest's own words."""
    said = "; ".join(causes(text))
    return next((words for fragment, words in _WORDS if fragment in said), f"it broke: {said}")


def causes(text: str) -> list[str]:
    """The causes that a message lists, the innermost last; its first line if it lists none."""
    body = text.partition("\nStack backtrace:")[0]
    head, found, causes = body.partition("Caused by:")
    lines = (causes if found else head).strip().splitlines()
    bare = [line.strip().lstrip("0123456789:").strip() for line in lines]
    return [line.removeprefix("wasm trap: ") for line in bare if line][: None if found else 1]


_OUTSIDE: Final = "it gave a value that does not lie in its memory"
_NO_FUNCTION: Final = "it called a function that does not exist"
_NO_CHARACTER: Final = "it gave a character that does not exist"
_NO_CASE: Final = "it gave a case that does not exist"
_NO_UTF8: Final = "it gave text that is not valid UTF-8"
_NO_UTF16: Final = "it gave text that is not valid UTF-16"
_NO_ALLOCATION: Final = "its allocator returned what is not free memory"
_TOO_MANY_HANDLES: Final = "it holds too many streams or other handles"
_NO_HANDLE: Final = "it used a handle that it does not have, or one of another type"

#: What wasmtime's messages contain, and what to say instead. The first that is found counts.
_WORDS: Final = (
    ("`unreachable` instruction", "it panicked: it reached code that is marked unreachable"),
    ("call stack exhausted", "it recursed too deeply: its stack is used up"),
    ("out of bounds memory access", "it used an address outside of its memory"),
    ("out of bounds table access", _NO_FUNCTION),
    ("uninitialized element", _NO_FUNCTION),
    ("indirect call type mismatch", "it called a function of another type"),
    ("integer divide by zero", "it divided an integer by zero"),
    ("integer overflow", "a number did not fit into the integer that it became"),
    ("invalid conversion to integer", "it converted NaN to an integer"),
    ("null reference", "it used a null reference"),
    ("cannot enter component instance", "it broke before and cannot be called again"),
    ("cannot leave component instance", "it called its host when that is forbidden"),
    ("deadlock detected", "it waits for what will never happen"),
    ("failed to produce a result", "it ended without a result"),
    (
        "allocated for hostcalls has been exhausted",
        "it gave more than WebAssembly lets out in one call: at most 128 MiB of text, or 2,796,202 "
        "elements of lists in all (932,067 if they are pairs)",
    ),
    ("atomic wait", "it waited for another thread, and components have none"),
    ("GC heap out of memory", "it made more objects than its garbage collector has room for"),
    ("thrown Wasm exception", "it threw an exception and did not catch it"),
    ("resource table has no free keys", _TOO_MANY_HANDLES),
    ("cannot allocate another handle", _TOO_MANY_HANDLES),
    ("unknown handle index", _NO_HANDLE),
    ("handle index ", _NO_HANDLE),
    ("invalid utf-8", _NO_UTF8),
    ("incomplete utf-8", _NO_UTF8),
    ("invalid utf-16", _NO_UTF16),
    ("unpaired surrogate", _NO_UTF16),
    ("string content out-of-bounds", _OUTSIDE),
    ("list content out-of-bounds", _OUTSIDE),
    ("out of bounds of memory", _OUTSIDE),
    ("realloc return", _NO_ALLOCATION),
    ("not aligned", _OUTSIDE),
    ("unaligned pointer", _OUTSIDE),
    ("out of range for `char`", _NO_CHARACTER),
    ("invalid `char`", _NO_CHARACTER),
    ("out of range integral type", _NO_CHARACTER),
    ("discriminant", _NO_CASE),
    ("exceeds memory limits", "it needs more memory to start than its limit allows"),
    ("exceeds table limits", "it needs larger tables to start than its limit allows"),
    ("resource limit exceeded", "it has more memories, tables or modules than its limit allows"),
    ("maximum concurrent limit", "the host has no room for another such component"),
)
