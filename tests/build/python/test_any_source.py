"""Sources that nobody would write: each gives a component or problems, and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.build.python.authors import drafted
from tests.build.python.test_annotations import IMPORTS
from wasmflow.build.building import Draft
from wasmflow.build.output import write_files
from wasmflow.errors import ProblemsError

CLASSES = """
class Keys(TypedDict, total=False):
    from_: "Loop"
    b: NotRequired[int]

class Row(NamedTuple):
    none: int

class Flags(enum.Flag):
    A = 1
    none = 2

@dataclass
class Loop:
    next: "Loop | None"

Circle: TypeAlias = "list[Circle]"
T = TypeVar("T")
"""
ABC = """
from collections.abc import (
    AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
)
"""
LEAVES = [
    *("bool", "int", "float", "str", "bytes", "Any", "None", "u8", "Color", "Left", "Right", "Old"),
    *("Either", "Nested", "UserId", "Row", "Flags", "Decimal", "Alias", "Literal['a', 'b']"),
]
WRONG = [
    *("Loop", "Circle", "Keys", "T", "...", "5", "'", "'('", "[]", "()", "Nope", "t", "t.Nope"),
    *("Left.x", "Color.RED", "int()", "lambda: 0", "*int", "Literal[()]", "Literal[1]", "dict"),
]
HOLDERS = [
    *("list[{}]", "set[{}]", "tuple[{}, ...]", "Optional[{}]", "Sequence[{}]", "Final[{}]"),
    *("dict[str, {}]", "{} | None", "Annotated[{}, 'note']", "tuple[int, {}]", "'{}'"),
    *("{} | str", "Union[{}, int]"),
]


def types(leaves: list[str]) -> SearchStrategy[str]:
    holders = st.sampled_from(HOLDERS)
    return st.recursive(
        st.sampled_from(leaves),
        lambda inner: (
            st.builds(lambda holder, part: holder.format(part), holders, inner)
            | st.builds("{} | {}".format, inner, inner)
            | st.builds("tuple[{}, {}]".format, inner, inner)
        ),
        max_leaves=6,
    )


names = st.sampled_from(["f", "from_", "list", "record", "own", "x_1", "F", "any", "is_", "none"])
functions = st.dictionaries(names, st.tuples(types(LEAVES), types(LEAVES)), min_size=1)


def attempt(folder: Path, text: str) -> Draft | None:
    """The draft of a source; ``None`` if it has problems."""
    try:
        return drafted(folder, text)
    except ProblemsError as error:
        problems = error.problems
    assert all(problem.place.line for problem in problems)
    return None


@settings(deadline=None)
@given(parameter=types(LEAVES + WRONG), alias=types(LEAVES + WRONG))
def test_any_annotation_is_a_type_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, parameter: str, alias: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    text = f"{IMPORTS}{CLASSES}\nA = {alias}\ndef f(v: {parameter}, w: 'A') -> list[A]: ..."
    if made := attempt(folder, text):
        ast.parse(made.files["glue/wasmflow_glue.py"])


STREAMS = [
    *("AsyncIterator[{}]", "AsyncIterable[{}]", "AsyncGenerator[{}]", "Iterator[{}]", "{}"),
    *("Generator[{}, None, None]", "Iterable[{}]", "'Iterator[{}]'", "Iterator", "None"),
]
#: What is named twice, as a parameter and as a result.
FORMS = [
    "async def f(v: {}) -> {}:\n    yield 1",
    "async def f(n: int, *, v: {}) -> {}: ...",
    "def f(v: {}, w: int = 1) -> {}:\n    yield 1",
    "def f(v: {} = None) -> {}: ...",
    "class F:\n    def push(self, v: {}) -> {}: ...\n    def finish(self) -> list[int]: ...",
    "class F:\n    def __init__(self, v: {}): ...\n    def next(self) -> {}: ...",
    "class F:\n    def push_many(self, v: {}) -> {}:\n        yield 1",
]
streams = st.builds(lambda form, held: form.format(held), st.sampled_from(STREAMS), types(LEAVES))


@settings(deadline=None)
@given(form=st.sampled_from(FORMS), taken=streams, given_back=streams)
def test_any_stream_is_a_component_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, form: str, taken: str, given_back: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    text = f"{IMPORTS}{CLASSES}{ABC}\n{form.format(taken, given_back)}"
    if made := attempt(folder, text):
        ast.parse(made.files["glue/wasmflow_glue.py"])


@settings(deadline=None, max_examples=15)
@given(functions=functions)
def test_the_toolchain_takes_whatever_is_derived(
    tmp_path_factory: pytest.TempPathFactory, functions: dict[str, tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    lines = [
        f"def {name}(v: {parameter}, w: {parameter} = None) -> {result}: ...\n"
        f"async def {name}_s(v: AsyncIterator[{parameter}], w: {parameter} = None)"
        f" -> AsyncIterator[{result}]: yield 1"
        for name, (parameter, result) in functions.items()
    ]
    if made := attempt(folder, "\n".join([IMPORTS, CLASSES, ABC, *lines])):
        write_files(folder, made.files)
        tool = Path(sysconfig.get_path("scripts"), "componentize-py")
        wit, bindings = folder / "wit", folder / "bindings"
        command = [str(tool), "-d", str(wit), "-w", "component", "bindings", str(bindings)]
        subprocess.run(command, check=True, capture_output=True)
        for file in (bindings / "wit_world").rglob("*.py"):
            ast.parse(file.read_text())
