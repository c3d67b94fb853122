from pathlib import Path

import pytest

from wasmflow.errors import UsageError
from wasmflow.reference import parse_reference


def test_a_file_is_taken_from_where_its_manifest_is() -> None:
    assert parse_reference("./text.wasm", relative_to=Path("flows")).path == Path("flows/text.wasm")
    assert parse_reference("text.wasm").path == Path("text.wasm")


def test_an_absolute_file_stays_where_it_is() -> None:
    assert parse_reference("/lib/text.wasm", relative_to=Path("flows")).path == Path(
        "/lib/text.wasm"
    )


@pytest.mark.parametrize("text", ["oci://ghcr.io/acme/text", "https://acme.example/text.wasm"])
def test_an_address_that_cannot_be_opened_is_named_as_what_it_is(text: str) -> None:
    with pytest.raises(UsageError, match="only files can be opened"):
        parse_reference(text)


def test_a_home_folder_that_nobody_has_is_told() -> None:
    with pytest.raises(
        UsageError, match=r"'~no one' is nobody's home folder. Hint: .* '\./~no one/a'"
    ):
        parse_reference("~no one/a")


@pytest.mark.parametrize("text", ["", "a\0b"])
def test_what_is_no_file_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a file name"):
        parse_reference(text)
