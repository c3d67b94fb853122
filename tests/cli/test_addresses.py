"""Addresses as options take them."""

from __future__ import annotations

import click
import pytest

from wasmflow.cli.addresses import ListenAddress, NamedAddress


def test_an_address_stays_as_it_was_typed() -> None:
    assert ListenAddress().convert(":8080", None, None) == ":8080"


@pytest.mark.parametrize(
    ("text", "meant"), [(":1", ("", ":1")), ("web=[::1]:1", ("web", "[::1]:1"))]
)
def test_an_address_may_be_for_a_trigger(text: str, meant: tuple[str, str]) -> None:
    assert NamedAddress().convert(text, None, None) == meant


@pytest.mark.parametrize("text", ["8080", "web=nowhere", "web="])
def test_what_is_no_address_is_told_with_what_one_looks_like(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no address; write :PORT"):
        NamedAddress().convert(text, None, None)
