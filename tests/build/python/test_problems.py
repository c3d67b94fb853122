"""Sources with mistakes, and everything that is said of them.

Each file in `problems` holds a source, and after a line ``=== problems`` what is expected.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from wasmflow.build.kinds import draft
from wasmflow.errors import ProblemsError

PAIRS = sorted((Path(__file__).parent / "problems").glob("*.txt"))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda path: path.stem)
def test_all_problems_of_a_source_are_told_with_their_places(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, _, expected = pair.read_text().partition("=== problems\n")
    (tmp_path / "source.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProblemsError) as caught:
        draft(Path("source.py"))
    assert str(caught.value).splitlines() == expected.splitlines()
