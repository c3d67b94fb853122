from __future__ import annotations

import re
from pathlib import Path

import pytest

from wasmflow.triggers.http import page
from wasmflow.triggers.http.page import ASSETS, asset


def test_all_files_are_there_and_no_others() -> None:
    folder = Path(page.__file__).parent
    shipped = {each.name for each in folder.iterdir() if each.suffix not in (".py", "")}
    assert shipped == set(ASSETS)


def test_a_file_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        asset("../openapi.py")


def test_every_file_has_a_tag_of_its_own() -> None:
    tags = {asset(name).etag for name in ASSETS}
    assert len(tags) == len(ASSETS)
    assert all(re.fullmatch(r'"[0-9a-f]{16}"', tag) for tag in tags)


def test_a_script_has_the_type_that_browsers_ask_of_modules() -> None:
    assert asset("page.js").content_type.startswith("text/javascript")


@pytest.mark.parametrize("name", ASSETS)
def test_nothing_is_loaded_from_elsewhere_and_nothing_stands_inside_the_markup(name: str) -> None:
    text = asset(name).content.decode()
    addresses = set(re.findall(r"https?://[^\"'\s)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"style=|<style|<script>|\son\w+=|innerHTML|outerHTML|insertAdj", text)
