"""Every document does what it says: its manifests are checked, its programs and commands run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.workplace import Workplace

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])

#: Building and compiling take their time where the machine is busy.
pytestmark = pytest.mark.timeout(600)


WITH_BLOCKS = [path for path in DOCUMENTS if any(blocks(path.read_text()))]


@pytest.mark.parametrize("path", WITH_BLOCKS, ids=lambda path: path.stem)
def test_a_document_does_what_it_says(path: Path, workplace: Workplace) -> None:
    assert "\n".join(workplace.do(path.read_text())) == ""


def test_the_page_of_the_log_does_what_it_says(workplace: Workplace) -> None:
    """Of a smaller log, in which the first failures are the same. What all comes to is tested there."""
    page = (ROOT / "examples/04-log/README.md").read_text()
    smaller = page.replace("make_log.py 30", "make_log.py 1")
    assert "\n".join(workplace.do(re.sub(r'(?m)^{"summary":.*', "…", smaller))) == ""


def test_the_page_of_the_almanac_does_what_it_says(workplace: Workplace) -> None:
    page = (ROOT / "examples/05-almanac/README.md").read_text()
    assert "\n".join(workplace.do(page)) == ""


HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))


@pytest.mark.parametrize("path", HOW_TO, ids=lambda path: path.stem)
def test_a_page_that_needs_the_examples_says_so_before_it_uses_them(path: Path) -> None:
    before, uses, _ = path.read_text().partition("examples/")
    assert not uses or "`make demo`" in before
