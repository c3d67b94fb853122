"""Documents that people wrote, with other words in some places: nearer to good ones than any bytes."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import documents, sources
from tests.fuzz.documents import check_manifest
from tests.fuzz.sources import check_python

_PART: Final = re.compile(r"\n[ ]*|\w+|\s+|->|::|<>|.")


def parts(contents: tuple[bytes, ...]) -> list[list[str]]:
    """Words, spaces and marks, of each source."""
    return [_PART.findall(content.decode()) for content in contents]


_MANIFESTS: Final = parts(documents.SEEDS["manifest"])
_MODULES: Final = parts(sources.SEEDS["python"])


@st.composite
def reworded(draw: st.DrawFn, written: list[list[str]]) -> bytes:
    """A source in which parts are replaced by parts of any, left out, or there twice."""
    known = sorted({part for each in written for part in each})
    text = list(draw(st.sampled_from(written)))
    for _ in range(draw(st.integers(1, 6))):
        at, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        match draw(st.sampled_from(["replace", "replace", "leave out", "repeat", "move"])):
            case "replace":
                text[at : at + 1] = draw(st.lists(st.sampled_from(known), max_size=2))
            case "leave out":
                del text[at : at + 3]
            case "repeat":
                text[at:at] = text[end : end + 20]
            case "move":
                text[at:end] = [*text[(at + end) // 2 : end], *text[at : (at + end) // 2]]
    return "".join(text).encode()


@given(reworded(_MANIFESTS))
@settings(max_examples=40)
def test_a_manifest_with_other_words_has_graphs_or_problems(source: bytes) -> None:
    check_manifest(source)


@given(reworded(_MODULES))
@settings(max_examples=40)
def test_a_module_with_other_words_is_drafted_or_has_problems(source: bytes) -> None:
    check_python(source)
