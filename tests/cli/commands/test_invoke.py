"""One transaction from a command line."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from wasmflow.cli.main import run


@pytest.fixture(autouse=True)
def in_shop(shop: Path) -> None:
    """Every test stands beside ``shop.yaml``."""


def invoke(arguments: str) -> int:
    return run(["invoke", *shlex.split(arguments)])


def out(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def err(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_outputs_are_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml echo -- --text=hello") == 0
    assert out(capsys) == '{"output":"hello"}\n'


def test_ports_stand_in_the_order_of_the_signature(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml pair -- --right=abc --left=1") == 0
    assert out(capsys) == '{"first":1,"second":"YWJj"}\n'


def test_a_port_that_sent_nothing_is_absent(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml pair -- --left=18446744073709551615") == 0
    assert out(capsys) == '{"first":"18446744073709551615"}\n'


def test_a_record_is_the_object_of_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml card -- --first-name=Jane") == 0
    assert out(capsys) == '{"name":"Jane","mood":"glad"}\n'


def test_a_large_value_passes_whole(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "é" * 5_000_000
    (shop / "large.txt").write_text(text)
    assert invoke("shop.yaml echo -- --text=@large.txt") == 0
    assert json.loads(out(capsys)) == {"output": text}


def test_the_component_is_needed_where_there_are_several(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke("shop.yaml") == 2
    assert err(capsys) == [
        "error: which component? There are 'card', 'echo', 'same', 'pair', 'refuse'"
    ]


def test_the_only_component_needs_no_name(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = "version: 1\ncomponents:\n  one:\n    flow:\n      - <>.a -> <>.b\n"
    (shop / "one.yaml").write_text(manifest)
    assert invoke("one.yaml -- --a=1") == 0
    assert out(capsys) == '{"b":1}\n'


def test_an_unknown_component_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml ecko") == 2
    assert err(capsys) == ["error: there is no component 'ecko'; did you mean 'echo'?"]


def test_everything_wrong_with_the_ports_is_told_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke("shop.yaml pair -- --lef=1 --right=1 --right=2 stray") == 2
    assert err(capsys) == [
        "error: there is no input '--lef'. Hint: did you mean '--left'?",
        "error: '--right' is given twice",
        "error: 'stray' is no port value; write --PORT=VALUE",
        "error: missing input: --left (u64)",
        "see: wasmflow invoke shop.yaml pair --help",
    ]


def test_a_port_before_the_dashes_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml echo --text=x") == 2
    first, second = err(capsys)
    assert first == (
        "error: no such option '--text'. "
        "Hint: the value of a port stands after '--', as in: -- --text=VALUE"
    )
    assert second == "see: wasmflow invoke --help"


def test_an_option_after_the_dashes_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml echo -- --text=x -q --raw") == 2
    assert err(capsys)[:2] == [
        "error: '-q' is an option: write it before '--'",
        "error: '--raw' is an option: write it before '--'",
    ]


def test_a_failure_is_one_line_and_no_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml refuse -- --why='closed\ntoday'") == 1
    assert err(capsys) == ["refuse: exception at no: closed | today"]


def test_a_machine_gets_the_payload_of_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml refuse --json -- --why=closed") == 1
    (line,) = err(capsys)
    assert json.loads(line) == {
        "component": "refuse",
        "kind": "exception",
        "message": "closed",
        "origin": "no",
        "payload": {"code": 7},
    }


def test_a_machine_is_told_of_misuse_in_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml echo --json -- --txt=1") == 2
    (line,) = err(capsys)
    told = json.loads(line)
    assert told["kind"] == "usage"
    assert "missing input: --text (string)" in told["message"]


def test_raw_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml echo --raw -- --text='two\nlines'") == 0
    assert out(capsys) == "two\nlines"


def test_raw_bytes_are_printed_as_they_are(
    shop: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    content = bytes(range(256))
    (shop / "bytes").write_bytes(content)
    manifest = "version: 1\ncomponents:\n  b:\n    inputs: { x: { type: list<u8> } }\n"
    (shop / "bytes.yaml").write_text(manifest + "    flow:\n      - <>.x -> <>.output\n")
    assert invoke("bytes.yaml --raw -- --x=@bytes") == 0
    assert capfdbinary.readouterr() == (content, b"")


def test_raw_any_is_printed_if_it_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("""shop.yaml same --raw -- --value='"text"'""") == 0
    assert out(capsys) == "text"
    assert invoke("shop.yaml same --raw -- --value=1") == 2
    assert err(capsys)[0].startswith("error: the output is not text")


@pytest.mark.parametrize(
    ("component", "why"),
    [("pair -- --left=1", "'pair' has 2 outputs"), ("card", "the output of 'card' is record")],
)
def test_what_is_no_text_is_refused_as_raw_before_anything_runs(
    component: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(f"--raw shop.yaml {component}") == 2
    assert err(capsys)[0].startswith(f"error: {why}")


def test_what_happens_is_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--verbose --seed=7 --timestamp=1970-01-01T00:00:01Z --timeout=5s --fresh"
    assert invoke(f"{options} shop.yaml card -- --first_name=x") == 0
    first, second, third = capsys.readouterr().err.splitlines()
    assert first.startswith("transaction ")
    assert first.endswith(" of card --seed=7 --timestamp=1000")
    assert second.startswith("  card (core::merge) ")
    assert third.startswith("ended after ")


def test_what_a_flow_logs_is_no_output(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = "version: 1\ncomponents:\n  one:\n    flow:\n      - <>.a -> core::log[l].input\n"
    (shop / "log.yaml").write_text(manifest + "      - l.output -> <>\n")
    assert invoke("log.yaml -- --a=1") == 0
    assert capsys.readouterr() == ('{"output":1}\n', "l: 1\n")


def test_problems_of_the_artifact_are_all_told(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "bad.yaml").write_text("version: 1\ncomponents: 5\nlabel: x\n")
    assert invoke("bad.yaml") == 4
    lines = err(capsys)
    assert len(lines) == 2
    assert all(line.startswith("bad.yaml:") for line in lines)


def test_an_artifact_that_is_not_there_is_a_failure_of_the_world(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke("shopp.yaml echo") == 5
    assert err(capsys)[0].startswith("error: there is no file 'shopp.yaml'")


# --- help -------------------------------------------------------------------------------------


def test_help_without_an_artifact_is_that_of_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke("--raw --help") == 0
    assert out(capsys).startswith("Usage: wasmflow invoke [OPTIONS] ARTIFACT [COMPONENT]")


def test_help_of_a_component_shows_its_ports_as_options(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke("shop.yaml --help card") == 0
    shown = out(capsys)
    assert "  Makes a card.\n" in shown
    assert "  --first_name string      Whose it is. [required]\n" in shown
    assert '  --mood enum {glad, sad}  How they are. [default: "glad"]\n' in shown
    assert "  --timeout DURATION" in shown
    assert shown.endswith(
        "Examples:\n"
        "  wasmflow invoke shop.yaml card -- --first_name=text\n"
        "  wasmflow invoke shop.yaml card -- --first_name=text --mood=glad\n"
    )


@pytest.mark.parametrize("component", ["card", "echo", "same", "pair", "refuse"])
def test_the_examples_of_every_component_are_understood(
    component: str, capsys: pytest.CaptureFixture[str]
) -> None:
    invoke(f"shop.yaml {component} --help")
    examples = out(capsys).partition("Examples:\n")[2].splitlines()
    assert examples
    for example in examples:
        assert run(shlex.split(example)[1:]) in (0, 1)


STREAMS = """\
version: 1
components:
  through: { inputs: { item: stream<string> }, flow: ["<>.item -> <>.output"] }
  each: { inputs: { of: list<u8> }, flow: ["<>.of -> core::each[e].input", "e.output -> <>"] }
"""


def test_help_of_a_component_says_what_a_line_is(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "streams.yaml").write_text(STREAMS)
    assert invoke("streams.yaml through --help") == 0
    shown = out(capsys)
    assert 'Each line is a packet: {"item":"text"}; or "text" alone; {} is a gap.' in shown
    assert 'A line for each packet as it comes: {"output":"text"}.' in shown
    assert """  echo '{"item":"text"}' | wasmflow invoke streams.yaml through\n""" in shown
    assert invoke("shop.yaml pair --help") == 0
    shown = out(capsys)
    assert 'Each line is a transaction: {"left":1}; or 1 alone.' in shown
    assert "A line for each packet" not in shown


def test_a_stream_is_printed_packet_by_packet(
    shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "streams.yaml").write_text(STREAMS)
    assert invoke("streams.yaml each --raw-in=lines -- --of=[1,2]") == 2
    assert "--raw-in: nothing is to be read" in capfd.readouterr().err
    assert invoke("streams.yaml through -- --item=x") == 0
    assert capfd.readouterr() == ('{"output":"x"}\n', "")


def test_help_of_an_artifact_lists_its_components(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml -h") == 0
    shown = out(capsys)
    assert "  card    Makes a card.\n" in shown
    assert shown.endswith("  wasmflow invoke shop.yaml same --help\n")


@pytest.mark.parametrize("flags", ["--help", "-h", "--mood=glad --help"])
def test_help_may_be_asked_for_among_the_flags_of_ports(
    flags: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(f"shop.yaml card -- {flags}") == 0
    assert "  --first_name string      Whose it is. [required]\n" in out(capsys)
    assert invoke(f"shop.yaml -- {flags}") == 0
    assert "  card    Makes a card.\n" in out(capsys)


def test_a_port_that_is_called_help_is_no_question(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "{version: 1, components: {ask: {inputs: {help: bool}, flow: ['<>.help -> <>.helped']}}}"
    (shop / "ask.yaml").write_text(text)
    assert invoke("ask.yaml -- --help") == 0
    assert out(capsys) == '{"helped":true}\n'


def test_help_of_what_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("shop.yaml ecko --help") == 2
    assert err(capsys) == ["error: there is no component 'ecko'; did you mean 'echo'?"]


def test_help_survives_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert invoke("shop.yaml card --help") == 0
    assert "[required]" in " ".join(out(capsys).split())


def test_limits_are_those_that_are_set(capsys: pytest.CaptureFixture[str]) -> None:
    command = "shop.yaml echo --limit transaction_output_bytes=100 -- --text="
    assert invoke(f"{command}short") == 0
    assert out(capsys) == '{"output":"short"}\n'
    assert invoke(command + "x" * 100) == 1
    assert err(capsys) == ["echo: error: its transaction has sent more than 100 bytes, its limit"]


def test_a_manifest_says_no_more_than_is_set(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = "components: { f: { flow: ['<>.a -> <>.b'] } }"
    (shop / "f.yaml").write_text(f"version: 1\nlimits: {{ transaction_seconds: 61 }}\n{flow}")
    assert invoke("f.yaml f --limit transaction_seconds=1m -- --a=1") == 4
    assert "'transaction_seconds' is 61 s here, and 60 s is the most" in "".join(err(capsys))


def test_what_components_have_worked_is_told_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke("shop.yaml echo --stats -- --text=hello") == 0
    captured = capsys.readouterr()
    assert captured.out == '{"output":"hello"}\n'
    assert captured.err.startswith("1 transaction in ")
    assert invoke("shop.yaml refuse --stats --json -- --why=no") == 1
    stats = next(line for line in err(capsys) if "stats" in line)
    assert json.loads(stats)["stats"]["transactions"] == 1
    assert invoke("shop.yaml refuse --stats -- --whi=no") == 2
    assert "transactions" not in "".join(err(capsys))


def test_the_time_of_a_transaction_is_held_to_a_policy(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "p.yaml").write_text("policy: 1\nartifact: { limits: { transaction_seconds: 2 } }\n")
    assert invoke("shop.yaml echo --policy p.yaml --timeout 1s -- --text=a") == 0
    assert invoke("shop.yaml echo --policy p.yaml --timeout 3s -- --text=a") == 4
    assert "'transaction_seconds' of" in capsys.readouterr().err
