"""Streaming components: the glue run on the host, as the bindings call it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.build.python.authors import drafted, functions_wit
from tests.build.python.hosted import hosted, raised
from wasmflow.build.kinds import draft
from wasmflow.collections.wasm.section import PortNotes

SOURCE = Path(__file__).parent / "guests" / "streaming.py"
DRAFT = draft(SOURCE)


class Failed(Exception):
    """What a component says no with."""


class Opened:
    """An instance of a resource's class."""

    def __init__(self, glue: Any, name: str, *values: Any) -> None:
        self._instance = self._called(glue.resources[name], *values)

    def _called(self, function: Any, *values: Any) -> Any:
        try:
            return function(*values)
        except sys.modules["componentize_py_types"].Err as error:
            raise Failed(raised(error)) from None

    def push(self, *values: Any) -> Any:
        return self._called(self._instance.push, *values)

    def push_many(self, *values: Any) -> Any:
        return self._called(self._instance.push_many, *values)

    def finish(self) -> Any:
        return self._called(self._instance.finish)

    def next(self) -> Any:
        return self._called(self._instance.next)

    def pushed(self, *values: Any) -> list[Any]:
        """What comes of pushing each, and of the end; failures as such."""
        outcomes: list[Any] = []
        for call, given in [*((self.push, (value,)) for value in values), (self.finish, ())]:
            try:
                outcomes.append(call(*given))
            except Failed as failed:
                outcomes.append(str(failed))
        return outcomes


@pytest.fixture(scope="module")
def glue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with hosted(DRAFT, tmp_path_factory.mktemp("glue"), SOURCE.parent) as module:
        yield module


# --- classes


def test_a_class_is_made_by_the_constructor_and_pushed_to(glue: Any) -> None:
    opened = Opened(glue, "WordCount", 2)
    assert opened.pushed("to be or not to be", "a b") == [
        *(None, None),
        [("to", 2), ("be", 2), ("or", 1), ("not", 1)],
    ]


def test_what_init_raises_is_what_the_constructor_says_no_with(glue: Any) -> None:
    with pytest.raises(Failed, match=r"^ValueError: a word cannot have fewer than no letters"):
        Opened(glue, "WordCount", -1)


def test_parameters_of_a_constructor_have_defaults_as_those_of_functions(glue: Any) -> None:
    some = sys.modules["componentize_py_types"].Some
    assert [Opened(glue, "Letters", each).finish() for each in (None, some("ab"), some(None))] == [
        ["-"],
        ["a", "b"],
        [],
    ]


def test_an_exception_from_push_concerns_one_packet(glue: Any) -> None:
    opened = Opened(glue, "Double")
    assert opened.push(1) == 2
    with pytest.raises(Failed, match="ValueError: it is negative"):
        opened.push(-1)
    assert opened.push(2) == 4


def test_a_push_that_yields_sends_a_list(glue: Any) -> None:
    assert Opened(glue, "Inherited", None).pushed("ab", "!", "c") == [
        ["a", "b"],
        "LookupError: !",
        ["c"],
        ["-"],
    ]


def test_a_push_may_take_several_and_be_async(glue: Any) -> None:
    opened = Opened(glue, "Distance")
    point = glue.wit.Point
    assert opened.push(point(3.0, 4.0), None) == 5.0
    assert opened.push(point(3.0, 4.0), point(3.0, 3.0)) == 1.0


def test_batches_sources_and_packets_that_are_left_out(glue: Any) -> None:
    assert Opened(glue, "Sums", 1).push_many([1, 2]) == [2, 4]
    assert Opened(glue, "Bits").push(258) == b"\1\2"
    evens, source = Opened(glue, "Evens"), Opened(glue, "Countdown", 2)
    assert [evens.push(number) for number in (1, 2)] == [None, 2]
    assert [source.next() for _ in range(4)] == [2, 1, None, None]


def test_what_a_method_does_not_declare_is_told_with_its_class(glue: Any) -> None:
    told = "TypeError: Liar.push() does not return what it declares: expected int, got str 'x'"
    with pytest.raises(Failed) as failed:
        Opened(glue, "Liar").push(glue.wit.Any('"x"'))
    assert str(failed.value) == told


# --- generators


def test_a_generator_is_pulled(glue: Any) -> None:
    some = sys.modules["componentize_py_types"].Some
    numbers, maybe = Opened(glue, "Numbers", 2, 5, None), Opened(glue, "Maybe")
    assert [numbers.next() for _ in range(4)] == [5, 6, None, None]
    assert [maybe.next() for _ in range(4)] == [some(1), some(None), some(2), None]
    for name in ("Listed", "Ticks"):
        source = Opened(glue, name, 2)
        assert [source.next() for _ in range(4)] == [0, 1, None, None]


def test_an_exception_is_the_last_packet_of_a_source(glue: Any) -> None:
    numbers = Opened(glue, "Numbers", 1, None, True)
    assert numbers.next() == 0
    with pytest.raises(Failed, match=r"^ValueError: there are no more numbers"):
        numbers.next()
    assert numbers.next() is None


def test_an_async_generator_runs_until_it_waits_for_the_next_packet(glue: Any) -> None:
    assert Opened(glue, "Lines", None).pushed("a\nb", "c\n\n", "d") == [
        ["a"],
        ["bc", ""],
        [],
        ["d"],
    ]


def test_an_exception_is_the_last_packet_of_a_generator(glue: Any) -> None:
    lines = Opened(glue, "Lines", ",")
    assert lines.pushed("!,", "a,") == ["ValueError: not such a line", [], []]


def test_what_a_generator_made_before_an_exception_is_not_lost(glue: Any) -> None:
    told = "ValueError: not such a line"
    assert Opened(glue, "Lines", ",").pushed("a,!,", "b,", "c") == [["a"], told, [], []]
    assert Opened(glue, "Lines", ",").pushed("a,!,") == [["a"], told]


def test_a_generator_may_pull_as_it_likes(glue: Any) -> None:
    paired = Opened(glue, "Paired", "x", None, True)
    assert paired.pushed("a", "b", "c") == [[("x", "x")], [("A", "B")], [], [("C", "A")]]


def test_an_async_iterator_may_be_written_elsewhere(glue: Any) -> None:
    assert Opened(glue, "Upper").pushed("a", "b") == [["A"], ["B"], []]


def test_a_generator_may_end_before_its_input(glue: Any) -> None:
    assert Opened(glue, "First", 1).pushed(1, 2, 3) == [[1], [], [], []]


def test_what_a_generator_does_not_declare_ends_it(glue: Any) -> None:
    told = "TypeError: wrong() does not yield what it declares: expected int, got str 'x'"
    values = [glue.wit.Any(json) for json in ("1", '"x"', "2")]
    assert Opened(glue, "Wrong").pushed(*values) == [[1], told, [], []]


def test_what_is_awaited_besides_the_input_is_an_exception(glue: Any) -> None:
    told = "RuntimeError: there is no event loop in a component: only the packets of its input"
    assert Opened(glue, "Waits").pushed(0)[0].startswith(told)
    (told, again) = Opened(glue, "Waits").pushed(1)
    assert told.startswith("RuntimeError: no running event loop")
    assert again == told


def test_streams_of_one_class_are_apart(glue: Any) -> None:
    one, other = (Opened(glue, "Lines", None) for _ in range(2))
    assert (one.push("a"), other.push("b\n"), one.finish()) == ([], ["b"], ["a"])


# --- reducers


def test_a_coroutine_returns_a_value_at_the_end(glue: Any) -> None:
    assert Opened(glue, "Mean", None).pushed(1.0, 3.0) == [None, None, 2.0]
    assert Opened(glue, "Sink").pushed("a") == [None, None]


def test_an_exception_is_the_result_of_a_reducer(glue: Any) -> None:
    told = "ValueError: negative"
    assert Opened(glue, "Mean", None).pushed(1.0, -1.0, 2.0) == [None, told, told, told]
    assert Opened(glue, "Mean", None).pushed() == ["ZeroDivisionError: float division by zero"]


def test_a_reducer_may_know_before_the_end(glue: Any) -> None:
    assert Opened(glue, "Found", 2).pushed(1, 2, 3) == [None, None, None, True]
    assert Opened(glue, "Found", 2).pushed(1) == [None, None]


# --- what is said of them


def test_inputs_and_outputs_are_described() -> None:
    count, lines = (DRAFT.metadata.components[name] for name in ("word-count", "lines"))
    assert count.description == "Counts words."
    assert count.inputs == {
        "least": PortNotes("letters that a word must have", 1),
        "text": PortNotes("words with spaces between"),
    }
    assert count.outputs == {"output": PortNotes("how often each word is there")}
    assert lines.inputs == {
        "separator": PortNotes("what ends a line", "\n"),
        "chunks": PortNotes("text, cut anywhere"),
    }
    assert lines.outputs == {"output": PortNotes("lines")}


def test_the_constructor_describes_its_own_parameters(tmp_path: Path) -> None:
    text = '''
class Smooth:
    """The mean of the last."""
    def __init__(self, count: int = 3) -> None:
        """
        Args:
            count: how many are the last
        """
    def push(self, amount: float) -> float: ...
'''
    smooth = drafted(tmp_path, text).metadata.components["smooth"]
    assert smooth.description == "The mean of the last."
    assert smooth.inputs["count"] == PortNotes("how many are the last", 3)


def test_abstract_classes_and_protocols_are_no_components() -> None:
    assert [each.message for each in DRAFT.warnings] == [
        "'Stream' has no output: its push gives nothing, and there is no finish"
    ]
    assert not {"base", "shape"} & set(DRAFT.metadata.components)


def test_the_order_is_that_of_the_source(tmp_path: Path) -> None:
    text = """
from collections.abc import Iterator
def a() -> int: ...
class B:
    def push(self, x: int) -> list[int]: ...
def c() -> Iterator[int]:
    yield 1
"""
    assert list(drafted(tmp_path, text).metadata.components) == ["a", "b", "c"]
    assert functions_wit(tmp_path, text).splitlines() == [
        "a: func() -> result<s64, exception>;",
        "resource b { constructor() -> result<b, exception>;"
        " push: func(x: s64) -> result<list<s64>, exception>; }",
        "resource c { constructor() -> result<c, exception>;"
        " next: func() -> result<option<s64>, exception>; }",
    ]


def test_a_value_type_with_such_methods_is_a_type_and_no_component(tmp_path: Path) -> None:
    text = """
from dataclasses import dataclass
@dataclass
class Stack:
    items: list[int]
    def push(self, item: int) -> None: ...
def f(stack: Stack) -> int: ...
"""
    made = drafted(tmp_path, text)
    assert list(made.metadata.components) == ["f"]
    assert [each.message for each in made.warnings] == [
        "'Stack' is a type of values and no component"
    ]


def test_classes_of_other_modules_stream_if_all_lists_them(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(
        "class Base:\n    def push(self, x: int) -> int: ...\n"
        "class Far(Base):\n    def finish(self) -> int | None: ...\n"
    )
    text = "from other import Far\n__all__ = ['Far']"
    assert functions_wit(tmp_path, text) == (
        "resource far { constructor() -> result<far, exception>;"
        " push: func(x: s64) -> result<s64, exception>;"
        " finish: func() -> result<option<s64>, exception>; }"
    )


def test_the_glue_of_streams_is_fit_to_be_read(tmp_path: Path) -> None:
    text = """
from collections.abc import AsyncIterator, Iterator
class Sum:
    def __init__(self, start: int = 0): ...
    def push(self, number: int) -> None: ...
    def finish(self) -> int: ...
async def lines(chunks: AsyncIterator[str], *, end: str = "x") -> AsyncIterator[str]:
    yield ""
def maybe(count: int) -> Iterator[int | None]:
    yield None
"""
    made = drafted(tmp_path, text).files["glue/wasmflow_glue.py"].decode()
    assert (
        made.partition("functions = ")[2]
        == """\
{}
resources = {
    "Sum": stateful(
        text_py.Sum,
        method("push", None, number=S64),
        method("finish", S64),
        start=Default(S64),
    ),
    "Lines": transducer(text_py.lines, STRING, chunks=Stream(STRING), end=Default(STRING)),
    "Maybe": source(text_py.maybe, wrapped(option(S64)), count=S64),
}
WasmflowExports = type("WasmflowExports", (), functions)
"""
    )
