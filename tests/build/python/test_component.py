"""A component that covers all that crosses, built and run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.build.python.authors import without_descriptions
from tests.build.python.echoes import SITE, SOURCE, echo
from tests.strategies import exactly
from wasmflow.build.python.interface import read_interface
from wasmflow.build.python.outline import signature_of
from wasmflow.build.python.program import read_program
from wasmflow.component import Call, Component, TransactionFailed, Use
from wasmflow.host.host import USUAL, Circumstances, Host, open_host
from wasmflow.host.settings import Settings
from wasmflow.limits import MIB, Limits
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.types import model as wit

#: They share a component that takes long to make, so they run in one process.
pytestmark = [pytest.mark.xdist_group("everything"), pytest.mark.timeout(400)]

FUNCTIONS = {each.label: each for each in read_interface(read_program(SOURCE, (SITE,))).functions}
ECHOES = [name for name in FUNCTIONS if name.startswith("echo-")]
LIMITS = Limits(memory=128 * MIB)


class Opened:
    """The component, opened."""

    def __init__(self, runner: asyncio.Runner, host: Host) -> None:
        self._runner = runner
        self.host = host

    def call(self, component: str, circumstances: Circumstances = USUAL, **inputs: Any) -> Any:
        """What a function sends; what it fails with, if it does; ``None`` for nothing."""
        named = {key.replace("_", "-"): value for key, value in inputs.items()}
        try:
            packets = self._runner.run(self.host.invoke(component, named, circumstances))
        except TransactionFailed as failed:
            return failed.failure
        return packets.get("output")

    def twice(self, name: str, *inputs: Any) -> list[Any]:
        """The outcomes of two calls that share a store."""
        transaction = self.host.transaction(USUAL)
        component = cast(Component, self.host.collection.component(name, Use()))

        async def outcome() -> Any:
            made = component.start(inputs, Call(transaction))
            return await made if isinstance(made, Awaitable) else made

        outcomes = [self._runner.run(outcome()) for _ in range(2)]
        self.host.collection.release(transaction)
        return outcomes


@pytest.fixture(scope="module")
def opened(everything: Path, compiled_cache: Path) -> Iterator[Opened]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        settings = Settings(limits=LIMITS, cache=compiled_cache)
        host = runner.run(stack.enter_async_context(open_host(str(everything), settings)))
        yield Opened(runner, host)
        runner.run(stack.aclose())


def message(failed: Any, kind: Kind = Kind.EXCEPTION) -> str:
    """What a call failed with, as its developers are told."""
    assert isinstance(failed, Failure), failed
    assert failed.kind is kind
    return failed.whole


# --- values


@pytest.mark.parametrize("name", ECHOES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_value_crosses_both_ways(opened: Opened, name: str, data: st.DataObject) -> None:
    parameter = FUNCTIONS[name].parameters[0]
    values, back = echo(name, parameter.type)
    value = data.draw(values)
    inputs = {} if value is None and isinstance(parameter.type, wit.Option) else {"v": value}
    assert exactly(opened.call(name, **inputs)) == exactly(back(value))


def test_large_values_cross(opened: Opened) -> None:
    text = "ä€𝄞x" * 1_000_000
    assert opened.call("echo-str", v=text) == text
    assert opened.call("echo-bytes", v=bytes(2_000_000)) == bytes(2_000_000)
    assert opened.call("echo-list", v=["x"] * 50_000) == ["x"] * 50_000


def test_signatures_are_those_that_were_derived(opened: Opened) -> None:
    definitions = opened.host.collection.definitions.values()
    assert [without_descriptions(each) for each in definitions] == [
        signature_of(each) for each in FUNCTIONS.values()
    ]


def test_descriptions_and_defaults_are_in_the_signature(opened: Opened) -> None:
    signature = opened.host.signature("defaults")
    assert signature.description == "Says what it was given."
    told = [(port.description, port.default) for port in signature.inputs]
    assert told == [
        ("a number of things", 3),
        ("a text", EMPTY),
        ("perhaps a number", 7),
        ("", "dark-blue"),
        ("required, and given by name", EMPTY),
        ("", ["x", "y"]),
        ("", EMPTY),
        ("", 1.0),
    ]
    assert signature.outputs[0].description == "all of it"


def test_what_is_not_given_is_pythons_default(opened: Opened) -> None:
    assert opened.call("defaults", e=True) == (
        "(3, None, 7, <Color.DARK_BLUE: 'dark blue'>, True, ['x', 'y'],"
        " datetime.datetime(2000, 1, 1, 0, 0), 1)"
    )
    assert opened.call("defaults", a=1, c=None, e=False, f=[]).startswith("(1, None, None, ")


def test_a_component_may_send_nothing(opened: Opened) -> None:
    assert opened.host.signature("nothing").outputs == ()
    assert opened.call("nothing", v=1) is None
    assert opened.call("record") is None


def test_an_async_function_runs_to_its_end(opened: Opened) -> None:
    assert opened.call("later", v=1) == 2
    assert "RuntimeError" in message(opened.call("never"))


# --- failures


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("value", "ValueError: no such thing: ü (everything.py:"),
        ("key", "KeyError: 'missing' (everything.py:"),
        ("exit", "SystemExit: 3 (everything.py:"),
        ("assert", "AssertionError (everything.py:"),
        ("surrogate", "ValueError: \\ud800 (everything.py:"),
        ("custom", "_CustomError (everything.py:"),
        ("deep", "LookupError: too deep (shapes.py:"),
    ],
)
def test_whatever_is_raised_is_an_exception_with_its_place(
    opened: Opened, kind: str, told: str
) -> None:
    failed = opened.call("fail", kind=kind)
    assert message(failed).startswith(told)
    assert message(failed).endswith(f" in {'deep' if kind == 'deep' else 'fail'})")


def test_others_are_told_the_message_and_the_class_but_no_place(opened: Opened) -> None:
    failed = opened.call("fail", kind="value")
    assert failed.message == "no such thing: ü"
    assert failed.payload == {"name": "ValueError", "message": "no such thing: ü"}
    failed = opened.call("fail", kind="assert")
    assert failed.message == "AssertionError"
    assert failed.payload == {"name": "AssertionError", "message": ""}


def test_the_line_is_the_one_that_raised(opened: Opened) -> None:
    lines = SOURCE.read_text().splitlines()
    line = next(i for i, text in enumerate(lines, 1) if 'raise ValueError("no such' in text)
    assert f"(everything.py:{line} in fail)" in message(opened.call("fail", kind="value"))


def test_what_does_not_fit_its_annotation_is_an_exception(opened: Opened) -> None:
    assert message(opened.call("lie", kind="large")).startswith(
        "TypeError: lie() does not return what it declares: from_: the integer does not fit s64"
    )
    assert "does not fit u8" in message(opened.call("lie-small", v=256))
    assert opened.call("lie-small", v=255) == 255
    failed = opened.call("positive", v={"number": -1})
    told = "ValueError: in parameter 'v': it is negative (everything.py:"
    assert message(failed).startswith(told)
    assert "'x' is not a date" in message(opened.call("echo-date", v="x"))


def test_running_out_of_stack_memory_or_time_is_an_error(opened: Opened) -> None:
    broken = opened.call("recurse", depth=100_000)
    told = message(broken, Kind.ERROR)
    assert "RecursionError: maximum recursion depth exceeded (everything.py:" in told
    assert broken.message == "it panicked: it reached code that is marked unreachable"
    assert "MemoryError" in message(opened.call("allocate", megabytes=1000), Kind.ERROR)
    assert message(opened.call("spin", Circumstances(timeout=0.2)), Kind.ERROR)
    assert opened.call("recurse", depth=500) == 500
    assert opened.call("allocate", megabytes=10) == 10 * MIB


# --- the sandbox


def test_what_is_printed_goes_to_the_log(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="wasmflow"):
        assert opened.call("say", text="a line") is None
    assert caplog.text.count("a line") == 2
    assert "\\ud800" in caplog.text


def test_time_chance_and_surroundings_are_the_transactions(opened: Opened) -> None:
    circumstances = Circumstances(seed=5, timestamp=1_000_000)
    assert opened.call("moment", circumstances) == pytest.approx(1000, abs=1)
    drawn = opened.call("draw", circumstances)
    assert opened.call("draw", circumstances) == drawn
    assert opened.call("draw", Circumstances(seed=6)) != drawn
    assert opened.call("environment") == []
    assert "FileNotFoundError" in message(opened.call("read-file", path="/etc/passwd"))


def test_a_sequence_does_not_depend_on_what_the_store_did_before(opened: Opened) -> None:
    first, second = opened.twice("draw")
    assert first == second
    remembered = opened.twice("remember", 1)
    assert remembered == [([1],), ([1, 1],)], "both calls are in one store"


def test_nothing_is_left_for_another_transaction(opened: Opened) -> None:
    assert [opened.call("remember", v=v) for v in (1, 2)] == [[1], [2]]


def test_modules_can_be_imported_when_a_function_is_called(opened: Opened) -> None:
    assert opened.call("imports-late") == "(0.0, 0.0, 1) 2024-02-02 b'\\xfc' b'a.b'"
    for name in ("xml.dom.minidom", "email.mime.text", "encodings.cp037", "statistics"):
        assert opened.call("imports-by-name", name=name) == name
    failed = opened.call("imports-by-name", name="nope")
    assert message(failed).startswith("ModuleNotFoundError: No module named 'nope'")


def test_packages_are_there_with_all_their_parts(opened: Opened) -> None:
    blue, red = {"name": "blue", "litres": 1.0}, {"name": "red", "litres": 0.5}
    assert opened.call("mix", first=blue, second=red) == {"name": "blue-red", "litres": 1.5}
    assert "NotImplementedError: there is no ctypes." in message(opened.call("measure"))


@pytest.mark.usefixtures("everything")
def test_the_folders_of_an_author_stay_as_they_are() -> None:
    assert not list(SOURCE.parent.rglob("*.cpython-314.pyc"))
