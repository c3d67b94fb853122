"""What people are told to write is read back as what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.manifest import tree
from wasmflow.manifest.yaml import read_yaml
from wasmflow.yamltext import yaml_text

#: UTF-8 has none of the others.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS | st.sampled_from(("null", "No", "1e3", "-", "~", "0x1", "a: b", "x #y", "a,b", "&a")))
def test_it_is_the_same_text_as_key_and_as_value_in_a_list(text: str) -> None:
    written = f"{{{yaml_text(text)}: [{yaml_text(text)}, {yaml_text(text)}]}}"
    root, problems = read_yaml(written.encode(), "f")
    assert not problems
    assert root is not None
    assert tree.plain(root) == {text: [text, text]}


@pytest.mark.parametrize(
    "text", ["LANG", "./data", "/srv/my-data.d/", "../a.b", "text/inner", "../01-a", "/"]
)
def test_usual_names_and_paths_have_no_quotes(text: str) -> None:
    assert yaml_text(text) == text
