"""Port values on a command line."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.strategies import types
from wasmflow.cli.ports import flag, missing_inputs, read_ports
from wasmflow.component import Port, Signature
from wasmflow.errors import UsageError, WorldError
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit


def read(arguments: str, **ports: wit.Type | None) -> dict[str, Any]:
    """Reads a line as a shell would, for optional ports of these types."""
    inputs = tuple(Port(name, type_, optional=True) for name, type_ in ports.items())
    return read_ports(Signature("greet", inputs), shlex.split(arguments)).values


def refusal(arguments: str, **ports: wit.Type | None) -> str:
    with pytest.raises(UsageError) as caught:
        read(arguments, **ports)
    return str(caught.value)


@pytest.mark.parametrize("arguments", ["--name=Jane", "--name Jane", "--name='\"Jane\"'"])
def test_a_value_follows_its_port(arguments: str) -> None:
    assert read(arguments, name=wit.STRING) == {"name": "Jane"}


def test_an_empty_text_is_a_value() -> None:
    assert read("--a= --b ''", a=wit.STRING, b=wit.STRING) == {"a": "", "b": ""}


def test_all_after_the_first_equals_sign_is_the_value() -> None:
    assert read("--name=a=b=c", name=wit.STRING) == {"name": "a=b=c"}


def test_null_leaves_an_optional_input_out_unless_it_is_text_or_any() -> None:
    assert read("--n=null --s=null --a=null", n=wit.S64, s=wit.STRING, a=wit.ANY) == {
        "n": EMPTY,
        "s": "null",
        "a": None,
    }


def test_a_dash_stands_for_standard_input_unless_it_is_in_quotes() -> None:
    ports = tuple(Port(name, wit.STRING) for name in "abc")
    flags = read_ports(Signature("f", ports), ["--a=-", "--b", "-", """--c="-\""""])
    assert (flags.dashed, flags.values, flags.missing) == (ports[:2], {"c": "-"}, ())
    assert not flags.complete


def test_what_is_missing_is_no_mistake_by_itself() -> None:
    ports = (Port("a", wit.U8), Port("b", wit.U8), Port("c", wit.U8, optional=True))
    flags = read_ports(Signature("f", ports), ["--a=1"])
    assert (flags.values, flags.missing, flags.complete) == ({"a": 1}, (ports[1],), False)
    assert missing_inputs(ports) == "missing inputs: --a (u8), --b (u8), --c (u8)"


def test_a_negative_number_is_a_value() -> None:
    assert read("--n -5 --m=-6", n=wit.S8, m=wit.S8) == {"n": -5, "m": -6}


def test_values_are_read_by_type() -> None:
    read_values = read(
        "--text=5 --number=5 --items='[1,2]' --any='{\"a\":null}' --generic=1",
        text=wit.STRING,
        number=wit.U8,
        items=wit.List(wit.U8),
        any=wit.ANY,
        generic=None,
    )
    assert read_values == {
        "text": "5",
        "number": 5,
        "items": b"[1,2]",
        "any": {"a": None},
        "generic": 1,
    }


def test_a_boolean_without_a_value_is_true() -> None:
    assert read("--loud --name=x", loud=wit.BOOL, name=wit.STRING)["loud"] is True
    assert read("--loud false", loud=wit.BOOL) == {"loud": False}


def test_ports_are_found_in_either_spelling() -> None:
    assert read("--first-name=Jane", first_name=wit.STRING) == {"first_name": "Jane"}


def test_an_unknown_port_is_refused_with_the_nearest() -> None:
    assert refusal("--nmae=x", name=wit.STRING) == (
        "there is no input '--nmae'. Hint: did you mean '--name'?"
    )


def test_a_port_like_no_other_is_refused_with_all() -> None:
    assert refusal("--zzz=1", a=None, b=None).endswith("Hint: there are: --a, --b")
    assert refusal("--zzz=1").endswith("Hint: it takes no inputs")


def test_of_thousands_of_ports_some_are_listed() -> None:
    signature = Signature("f", tuple(Port(f"p{n}", wit.U8) for n in range(5000)))
    with pytest.raises(UsageError) as caught:
        read_ports(signature, ["--zzz=1"])
    assert str(caught.value).count("… (5000 in all)") == 2
    assert len(str(caught.value)) < 500


def test_a_port_cannot_be_given_twice() -> None:
    assert refusal("--first_name=a --first-name=b", first_name=wit.STRING) == (
        "'--first_name' is given twice"
    )


def test_whoever_repeats_a_list_is_told_how_lists_are_written() -> None:
    said = refusal("--n=1 --n=2", n=wit.List(wit.U16))
    assert "'--n' is given twice. Hint: write a list as JSON: --n='[1]'" in said


def test_a_flag_gives_one_packet_of_a_stream() -> None:
    signature = Signature("f", (Port("left", wit.F64, step=0),))
    hint = "Hint: a flag gives one packet; several come as lines on standard input"
    for arguments in (["--left=[1,2]"], ["--left=1", "--left=2"]):
        with pytest.raises(UsageError, match=hint):
            read_ports(signature, arguments)
    with pytest.raises(UsageError) as caught:
        read_ports(signature, ["--left=x"])
    assert hint not in str(caught.value)


def test_a_list_that_is_wrong_inside_is_told_as_that() -> None:
    for step in (None, 0):
        signature = Signature("f", (Port("n", wit.List(wit.U16), step=step),))
        with pytest.raises(UsageError) as caught:
            read_ports(signature, ["--n=[1,true]"])
        assert "Hint" not in str(caught.value)


@pytest.mark.parametrize("written", ["--raw", "--raw=1", "--raw_in lines", "-q", "-j 3"])
def test_an_option_that_stands_among_the_ports_is_told_as_one(written: str) -> None:
    signature = Signature("f", (Port("start", wit.U8),))
    with pytest.raises(UsageError) as caught:
        read_ports(signature, ["--start=0", *written.split()], ["--raw", "--raw-in", "-q", "-j"])
    first, *_ = str(caught.value).splitlines()
    name = written.split()[0].split("=")[0].replace("_", "-")
    assert first == f"'{name}' is an option: write it before '--'"


def test_a_port_that_is_called_as_an_option_is_a_port() -> None:
    signature = Signature("f", (Port("raw", wit.U8),))
    assert read_ports(signature, ["--raw=1"], ["--raw"]).values == {"raw": 1}


def test_what_is_no_flag_is_refused() -> None:
    for stray in ("value", "-", "--", "-n=1", "--=1"):
        assert f"'{stray}' is no port value" in refusal(stray, n=wit.U8)


def test_a_flag_without_its_value_is_refused() -> None:
    assert refusal("--name --age=1", name=wit.STRING, age=wit.U8) == (
        "'--name' (string): a value must follow: --name=VALUE"
    )


def test_everything_wrong_is_told_at_once() -> None:
    signature = Signature("f", (Port("a", wit.U8), Port("b", wit.BOOL), Port("c", wit.STRING)))
    with pytest.raises(UsageError) as caught:
        read_ports(signature, ["--a=300", "--x=1", "stray"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("'--a' (u8): ")
    assert lines[-1] == "missing inputs: --b (bool), --c (string)"


def test_a_file_is_text_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b'"quoted" \xc3\xa9\r\n')
    assert read(f"--a=@{tmp_path}/file", a=wit.STRING) == {"a": '"quoted" é\r\n'}


def test_a_file_is_bytes_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)))
    assert read(f"--a @{tmp_path}/file", a=wit.BYTES) == {"a": bytes(range(256))}


def test_a_file_of_any_other_type_is_json(tmp_path: Path) -> None:
    (tmp_path / "file").write_text('[1, 2,\n "x"]\n')
    assert read(f"--a=@{tmp_path}/file", a=wit.ANY) == {"a": [1, 2, "x"]}


def test_text_in_quotes_is_no_file() -> None:
    assert read("""--a='"@home"'""", a=wit.STRING) == {"a": "@home"}


def test_a_file_that_cannot_be_read_is_a_failure_of_the_world(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"'--a': cannot read '.*/none': No such file") as caught:
        read(f"--a=@{tmp_path}/none", a=wit.STRING)
    assert "for text that begins with @" in str(caught.value)
    for name in ("", tmp_path, "a\0b", "~nobody-of-this-name/x"):
        with pytest.raises(WorldError, match="cannot read"):
            read_ports(Signature("f", (Port("a", wit.ANY),)), [f"--a=@{name}"])


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"ab\xff")
    assert "is not text in UTF-8 (byte 2)" in refusal(f"--a=@{tmp_path}/file", a=wit.STRING)


def test_a_file_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wasmflow.cli.ports.LARGEST_FILE", 1 << 20)
    assert "'/dev/zero' is larger than 1 MiB" in refusal("--a=@/dev/zero", a=wit.BYTES)


@given(types())
def test_the_example_of_every_type_is_read_as_a_value(type_: wit.Type) -> None:
    port = Port("port", type_)
    (argument,) = shlex.split(flag(port))
    assert set(read_ports(Signature("f", (port,)), [argument]).values) == {"port"}
