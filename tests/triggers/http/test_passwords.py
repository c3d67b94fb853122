"""Passwords as a manifest may hold them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wasmflow.triggers.http.passwords import PasswordHash, _derived, hash_password, parse_hash


def cheap(password: str) -> PasswordHash:
    return PasswordHash(2, 1, 1, b"saltsalt", _derived(password, 2, 1, 1, b"saltsalt", 16))


def test_a_hash_is_of_its_password_and_of_no_other() -> None:
    known = hash_password("zwölf Boxkämpfer")
    assert known.fits("zwölf Boxkämpfer")
    assert not known.fits("zwolf Boxkampfer")
    assert "Boxk" not in str(known)
    assert known != hash_password("zwölf Boxkämpfer")


#: HTTP can carry these.
PASSWORDS = st.text(st.characters(codec="utf-8", exclude_characters=[*map(chr, range(32)), "\x7f"]))


@settings(max_examples=50)
@given(PASSWORDS, PASSWORDS)
def test_written_and_read_it_is_the_same(password: str, other: str) -> None:
    known = parse_hash(str(cheap(password)))
    assert known == cheap(password)
    assert known.fits(other) == (password == other)


@pytest.mark.parametrize("password", ["", "sesame"])
def test_control_characters_are_part_of_no_password(password: str) -> None:
    for other in (password + "\0", password + "\n", "\x7f" + password):
        assert not cheap(password).fits(other)
        assert not cheap(other).fits(other)


def test_no_character_of_it_means_anything_to_yaml_variables_or_shells() -> None:
    assert set(str(hash_password("x"))) <= set(
        ":-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "secret", "scrypt:", "scrypt:16384:8:5", "scrypt:16384:8:5:c2FsdHNhbHQ:",
        "scrypt:3:8:1:c2FsdHNhbHQ:c2FsdHNhbHRzYWx0c2FsdA", "scrypt:1:8:1:c2FsdHNhbHQ:c2FsdHNhbHRzYWx0c2FsdA",
        "scrypt:16384:0:1:c2FsdHNhbHQ:c2FsdHNhbHRzYWx0c2FsdA",
        "scrypt:16777216:8:1:c2FsdHNhbHQ:c2FsdHNhbHRzYWx0c2FsdA",
        "scrypt:16384:8:500:c2FsdHNhbHQ:c2FsdHNhbHRzYWx0c2FsdA", "scrypt:2:1:1:c2FsdHNhbHQ:c2FsdHNhbHRzYWx0c",
    ],
)  # fmt: skip
def test_what_is_no_hash_or_costs_too_much_is_none(text: str) -> None:
    assert parse_hash(text) is None
