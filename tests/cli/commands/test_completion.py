"""The command that prints the scripts; what they do is tested in `tests/cli/test_completion.py`."""

from __future__ import annotations

import pytest

from wasmflow.cli.completion import SHELLS, script
from wasmflow.cli.main import run


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert capsys.readouterr() == (script(shell), "")


def test_an_unknown_shell_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["completion", "csh"]) == 2
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err
