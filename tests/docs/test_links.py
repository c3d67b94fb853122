"""No document leads to a page or heading that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_documents import DOCUMENTS, ROOT

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)(?P<file>[^)#]*)(?:#(?P<heading>[^)]*))?\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def _prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text())


def _anchors(path: Path) -> set[str]:
    """The headings of a page as links name them."""
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(_prose(path)))
    return {heading.replace(" ", "-") for heading in kept}


def _dead(page: Path) -> Iterator[str]:
    for link in _LINK.finditer(_prose(page)):
        target = (page.parent / link["file"]).resolve() if link["file"] else page
        if not target.exists() or (link["heading"] and link["heading"] not in _anchors(target)):
            yield link[0]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(_dead(page)) == []


def test_every_page_can_be_reached() -> None:
    reached = {
        (page.parent / link["file"]).resolve()
        for page in DOCUMENTS
        for link in _LINK.finditer(_prose(page))
        if link["file"]
    }
    assert [page.name for page in DOCUMENTS if page not in {*reached, ROOT / "README.md"}] == []
