"""Blocks of bytes in lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import run_virtually
from wasmflow.codec.cutting import MOST_LINES, Lines, characters, lines, numbered

PIECES = st.lists(st.binary(max_size=8) | st.sampled_from([b"\n", b"\r\n", "é€😀".encode()]))


async def pieces(contents: Iterable[bytes]) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


def cut(*contents: bytes, longest: int = 100) -> list[Lines]:
    async def gather() -> list[Lines]:
        return [each async for each in lines(pieces(contents), longest)]

    return run_virtually(gather())


def test_lines_come_as_soon_as_they_are_whole() -> None:
    assert cut(b"a\nb", b"c\r\n\n", b"d") == [
        Lines(1, [b"a"]),
        Lines(2, [b"bc", b""]),
        Lines(4, [b"d"]),
    ]


def test_of_a_line_that_is_too_long_only_its_number_is_known() -> None:
    assert cut(b"abc", b"def\nx\nabcdef", b"\ny", longest=5) == [
        Lines(1, [None, b"x"]),
        Lines(3, [None]),
        Lines(4, [b"y"]),
    ]


def test_a_crowd_of_lines_comes_in_parts() -> None:
    first, second = cut(b"\n" * (MOST_LINES + 1))
    assert (first.number, len(first.lines), second.number) == (1, MOST_LINES, MOST_LINES + 1)


@given(PIECES)
def test_lines_are_those_of_the_whole(contents: list[bytes]) -> None:
    wanted = b"".join(contents).split(b"\n")
    if not wanted[-1]:
        wanted.pop()
    found = [line for each in cut(*contents, longest=10_000) for line in each.lines]
    assert found == [line.removesuffix(b"\r") for line in wanted]


@given(PIECES.map(lambda pieces: b"".join(pieces).decode(errors="ignore").encode()), st.data())
def test_no_character_is_cut(content: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)))))
    parts = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]

    async def gather() -> list[bytes]:
        return [each async for each in characters(pieces(parts))]

    found = run_virtually(gather())
    assert b"".join(found) == content
    assert "".join(each.decode() for each in found) == content.decode()


async def test_what_is_no_text_passes_too() -> None:
    assert [each async for each in characters(pieces([b"\xff\xc3", b"(", b"\xe2\x82"]))] == [
        b"\xff", b"\xc3(", b"\xe2\x82"
    ]  # fmt: skip


async def test_chunks_are_numbered_as_lines_are() -> None:
    found = [each async for each in numbered(pieces([b"a", b"b"]))]
    assert found == [Lines(1, [b"a"]), Lines(2, [b"b"])]
