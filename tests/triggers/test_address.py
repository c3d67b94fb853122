"""Where a server listens, as people write it."""

from __future__ import annotations

import pytest

from wasmflow.triggers.address import Address, NoAddress, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (":8080", "127.0.0.1", 8080),
        (":0", "127.0.0.1", 0),
        ("192.0.2.1:80", "192.0.2.1", 80),
        ("localhost:65535", "localhost", 65535),
        ("[::1]:8080", "::1", 8080),
        ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
    ],
)
def test_an_address_has_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert parse_address(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    ["", "8080", "localhost", ":65536", ":-1", "::1:80", "http://x:80", "a b:1", ":x", "[]:1"],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(NoAddress, match="write :PORT, HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize("text", ["127.0.0.1:1", "[::1]:2", "example.org:3"])
def test_an_address_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_address(text)) == text
