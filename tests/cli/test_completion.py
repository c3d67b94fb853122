"""Completion: what could follow on a line, and a real shell that asks."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from wasmflow.cli.completion import INSTRUCTIONS, SHELLS, answer, port_items, script
from wasmflow.cli.known import Known, KnownPort
from wasmflow.types import model as wit

BASH = shutil.which("bash") or "bash"

COMPONENT = Known(
    "Greets.",
    {
        "first_name": KnownPort("Whom."),
        "loud": KnownPort("", wit.BOOL),
        "mood": KnownPort("", wit.Enum(("glad", "sad"))),
    },
)

MANIFEST = """\
version: 1
components:
  good-day:
    description: Says it.
    inputs: { mood: { type: 'enum { glad, sad }' }, name: { type: string } }
    flow:
      - <>.mood -> core::merge[both].mood
      - <>.name -> both.name
      - both.output -> <>
  good-night:
    flow:
      - <>.first_name -> core::merge[both].name
      - both.output -> <>
"""


def items(given: str, incomplete: str) -> list[str]:
    return [item.value for item in port_items(COMPONENT, shlex.split(given), incomplete)]


def test_flags_are_completed() -> None:
    assert items("", "") == ["--first_name", "--loud", "--mood"]
    assert items("", "--l") == ["--loud"]


def test_flags_are_found_in_either_spelling() -> None:
    assert items("", "--first-n") == ["--first_name"]


def test_flags_that_are_given_are_not_offered_again() -> None:
    assert items("--first-name=x --mood glad", "--") == ["--loud"]


def test_values_are_completed_by_type() -> None:
    assert items("--loud", "") == ["true", "false"]
    assert items("--mood", "s") == ["sad"]
    assert items("--first_name", "") == []


def test_values_after_an_equals_sign_are_completed() -> None:
    assert items("", "--mood=g") == ["--mood=glad"]


def test_files_are_completed_after_an_at_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    for name in ("data/a.csv", "date", ".hidden", "other"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert items("--first_name", "@da") == ["@data/", "@date"]
    assert items("", "--first_name=@data/") == ["--first_name=@data/a.csv"]
    assert items("--first_name", "@") == ["@data/", "@date", "@other"]
    assert items("--first_name", "@none/x") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_says_how_to_keep_it(shell: str) -> None:
    text = script(shell)
    assert "_WASMFLOW_COMPLETE" in text
    assert text.endswith(f"# {INSTRUCTIONS[shell].splitlines()[-1]}\n")
    assert shell != "zsh" or text.startswith("#compdef wasmflow\n")


STRANGE = """\
version: 1
components:
  tell:
    description: "One: with a comma, two.\\n\\nAnother\\e[2J paragraph."
    flow: ["<>.x -> <>.y"]
"""


@pytest.mark.parametrize(
    ("shell", "cword", "answered"),
    [
        ("zsh", "3", "plain\ntell\nOne: with a comma, two. Another\\x1b[2J paragraph.\n"),
        ("fish", "", "plain,tell\tOne: with a comma, two. Another\\x1b[2J paragraph.\n"),
    ],
)
def test_a_description_is_one_line_of_the_answer(
    shell: str,
    cword: str,
    answered: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "strange.yaml").write_text(STRANGE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMP_WORDS", "wasmflow invoke strange.yaml ")
    monkeypatch.setenv("COMP_CWORD", cword)
    assert answer(f"{shell}_complete") == 0
    assert capsys.readouterr().out == answered


def test_a_name_that_commands_a_terminal_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a\nplain,b", "a\x1b[2J", "a.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMP_WORDS", "wasmflow invoke x.wasm y -- --text=@a")
    monkeypatch.setenv("COMP_CWORD", "--text=@a")
    assert answer("fish_complete") == 0
    assert capsys.readouterr().out == "plain,--text=@a.txt\n"


@pytest.mark.parametrize("line", ["run x.yaml -- a", "run x.yaml y -- --b a", "install a", "run a"])
def test_arguments_of_commands_and_artifacts_may_be_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    monkeypatch.setenv("COMP_WORDS", f"wasmflow {line}")
    monkeypatch.setenv("COMP_CWORD", "a")
    assert answer("fish_complete") == 0
    assert capsys.readouterr().out == "file,a\n"


@pytest.mark.parametrize("instruction", ["", "bash", "csh_complete", "bash_nothing"])
def test_an_unknown_question_has_no_answer(
    instruction: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(instruction) == 1
    assert capsys.readouterr() == ("", "")


def test_a_question_without_a_line_has_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer("bash_complete") == 1
    assert capsys.readouterr() == ("", "")


# --- a real bash ------------------------------------------------------------------------------

#: Calls the completion function as bash does, with the cursor at the end of the line.
ASK = r"""
source "$SCRIPT"
COMP_LINE=$LINE COMP_POINT=${#LINE}
_wasmflow_completion "$PROGRAM"
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "completion.bash").write_text(script("bash"))
    (tmp_path / "hello.yaml").write_text(MANIFEST)
    return tmp_path


def bash(folder: Path, line: str) -> list[str]:
    """What bash would offer; errors of any kind show up among it."""
    program = folder / "wasmflow"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wasmflow "$@"\n')
    program.chmod(0o755)
    surroundings = {
        **os.environ,
        "SCRIPT": str(folder / "completion.bash"),
        "LINE": line,
        "PROGRAM": str(program),
    }
    asked = subprocess.run(
        [BASH, "--norc", "-c", ASK],
        cwd=folder,
        env=surroundings,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
    )
    return asked.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wasmflow in", ["inspect", "invoke", "install"]),
        ("wasmflow run hello.yaml good-n", ["good-night"]),
        ("wasmflow invoke --ti", ["--timestamp", "--timeout"]),
        ("wasmflow completion ", ["bash", "zsh", "fish"]),
        ("wasmflow invoke hello.yaml ", ["good-day", "good-night"]),
        ("wasmflow invoke hello.yaml good-n", ["good-night"]),
        ("wasmflow inspect hello.yaml good_d", ["good-day"]),
        ("wasmflow invoke hello.yaml good-day -- --", ["--mood", "--name"]),
        ("wasmflow invoke hello.yaml good-night -- --fi", ["--first_name"]),
        ("wasmflow invoke --seed 1 hello.yaml good-day -- --mood ", ["glad", "sad"]),
        ("wasmflow invoke hello.yaml good-day -- --mood=s", ["sad"]),
        ("wasmflow invoke hello.yaml good-day -- --name=@hel", ["@hello.yaml"]),
        ("wasmflow invoke hello.yaml good-day -- --name @hel", ["@hello.yaml"]),
        ("wasmflow invoke none.yaml ", []),
        ("wasmflow invoke completion.bash ", []),
        ("wasmflow invoke 'hello.yaml' good-d", ["good-day"]),
    ],
)
def test_bash_completes(folder: Path, line: str, offered: list[str]) -> None:
    assert bash(folder, line) == offered


#: Completes as `wasmflow` does; when it is run otherwise, shows its last argument.
STUB = """\
#!/bin/sh
[ -z "$_WASMFLOW_COMPLETE" ] || exec "{python}" -m wasmflow "$@"
for last; do :; done
printf 'typed<%s>\\n' "$last"
"""


@pytest.mark.parametrize(
    ("keys", "typed"),
    [
        ("invoke hello.yaml good-d\t", "good-day"),
        ("invoke hello.yaml good-day -- --mood=s\t", "--mood=sad"),
        ("invoke hello.yaml good-day -- --name=@hel\t", "--name=@hello.yaml"),
        ("invoke hel\t", "hello.yaml"),
    ],
)
def test_keys_typed_into_bash_become_words(folder: Path, keys: str, typed: str) -> None:
    (folder / "wasmflow").write_text(STUB.format(python=sys.executable))
    (folder / "wasmflow").chmod(0o755)
    terminal, theirs = pty.openpty()
    surroundings = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "TERM": "dumb"}
    with subprocess.Popen(
        [BASH, "--norc", "-i"],
        cwd=folder,
        env=surroundings,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ):
        os.close(theirs)
        os.write(terminal, f". ./completion.bash\nwasmflow {keys}\nexit\n".encode())
        shown = b""
        with suppress(OSError):  # the terminal has no more to say
            while chunk := os.read(terminal, 4096):
                shown += chunk
    os.close(terminal)
    assert f"typed<{typed}>" in shown.decode()


def test_a_broken_manifest_offers_nothing_and_says_nothing(folder: Path) -> None:
    (folder / "hello.yaml").write_text("components: [")
    assert bash(folder, "wasmflow invoke hello.yaml ") == []


def test_a_file_that_never_ends_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "fifo.yaml")
    assert bash(folder, "wasmflow invoke fifo.yaml ") == []
