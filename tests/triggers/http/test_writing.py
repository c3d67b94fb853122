"""Answers in one piece."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.triggers.http.answers import is_header
from wasmflow.triggers.http.writing import last, usual


def test_an_answer_has_its_first_line_headers_length_and_body() -> None:
    written = usual(200, [(b"date", b"today"), (b"x", b"")], b"body")
    assert written == b"HTTP/1.1 200 OK\r\ndate: today\r\nx: \r\ncontent-length: 4\r\n\r\nbody"


def test_the_last_answer_says_that_it_is() -> None:
    assert b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" in last(503, [], b"")


@pytest.mark.parametrize("name", [b"connection", b"content-length", b"transfer-encoding"])
def test_what_says_something_of_the_connection_is_not_usual(name: bytes) -> None:
    assert usual(200, [(b"a", b"b"), (name, b"4")], b"body") is None


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_is_not_usual(status: int) -> None:
    assert usual(status, [], b"") is None


def test_a_value_is_not_another_header() -> None:
    assert usual(200, [(b"a", b"b\r\nset-cookie: c")], b"") is None
    assert usual(200, [(b"a: b\r\nset-cookie", b"c")], b"") is None


@given(st.lists(st.tuples(st.binary(max_size=4), st.binary(max_size=6))))
def test_nothing_is_written_that_is_no_header(headers: list[tuple[bytes, bytes]]) -> None:
    possible = all(is_header(name, value) for name, value in headers)
    assert (usual(200, headers, b"") is not None) == possible
