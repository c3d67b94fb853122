"""The glue, run on the host with the bindings that the toolchain makes; and its text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.build.python.authors import drafted, write
from tests.build.python.echoes import SITE, SOURCE, echo
from tests.build.python.hosted import from_bindings, hosted, raised, to_bindings
from tests.strategies import exactly
from wasmflow.build.kinds import Options, draft
from wasmflow.build.python.interface import read_interface
from wasmflow.build.python.labels import snake
from wasmflow.build.python.program import read_program

FUNCTIONS = {each.label: each for each in read_interface(read_program(SOURCE, (SITE,))).functions}
RECORD = {"type": "", "from": 1, "list": [1], "x-1": 1.0, "self": True, "json": ""}
ECHOES = [name for name in FUNCTIONS if name.startswith("echo-")]


@pytest.fixture(scope="module")
def glue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    made = draft(SOURCE, Options(site=(SITE,)))
    with hosted(made, tmp_path_factory.mktemp("glue"), SITE) as module:
        yield module


@pytest.fixture
def exports(glue: Any) -> Any:
    return glue.WasmflowExports()


@pytest.mark.parametrize("name", ECHOES)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_value_comes_back(glue: Any, exports: Any, name: str, data: st.DataObject) -> None:
    function = FUNCTIONS[name]
    assert function.result is not None
    parameter = function.parameters[0].type
    values, back = echo(name, parameter)
    value = data.draw(values)
    given_back = getattr(exports, snake(name))(to_bindings(glue, parameter, value))
    assert exactly(from_bindings(glue, function.result.type, given_back)) == exactly(back(value))


def call(glue: Any, name: str, *values: Any) -> Any:
    """The result of a function; its exception if it has one."""
    function = FUNCTIONS[name]
    parameters = zip(function.parameters, values, strict=True)
    inner = [to_bindings(glue, parameter.type, value) for parameter, value in parameters]
    try:
        made = getattr(glue.WasmflowExports(), snake(name))(*inner)
    except sys.modules["componentize_py_types"].Err as error:
        return error
    return from_bindings(glue, function.result.type if function.result else None, made)


def refusal(glue: Any, name: str, *values: Any) -> str:
    """What a function refuses with."""
    error = call(glue, name, *values)
    assert isinstance(error, Exception), error
    return raised(error)


def test_what_does_not_come_in_leaves_the_default_to_python(glue: Any) -> None:
    told = call(glue, "defaults", None, None, None, None, True, None, None, None)
    assert told == (
        "(3, None, 7, <Color.DARK_BLUE: 'dark blue'>, True, ['x', 'y'],"
        " datetime.datetime(2000, 1, 1, 0, 0), 1)"
    )


def test_what_comes_in_replaces_the_default(glue: Any) -> None:
    some = sys.modules["componentize_py_types"].Some
    inner = [1, "b", some(None), "red", False, [], "2001-01-01", 2.5]
    told = call(glue, "defaults", *inner)
    assert told == (
        "(1, 'b', None, <Color.RED: 'red'>, False, [], datetime.datetime(2001, 1, 1, 0, 0), 2.5)"
    )


def test_an_async_function_runs_to_its_end(glue: Any) -> None:
    assert call(glue, "later", 1) == 2
    assert "RuntimeError" in refusal(glue, "never")


def test_nothing_is_returned_as_nothing(glue: Any) -> None:
    assert call(glue, "nothing", 1) is None


def test_a_filter_may_return_none(glue: Any) -> None:
    assert call(glue, "record", None) is None


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("value", "ValueError: no such thing: ü"),
        ("key", "KeyError: 'missing'"),
        ("exit", "SystemExit: 3"),
        ("assert", "AssertionError"),
        ("surrogate", "ValueError: \\ud800"),
        ("custom", "_CustomError"),
    ],
)
def test_whatever_is_raised_becomes_its_class_and_message(
    glue: Any, kind: str, message: str
) -> None:
    assert refusal(glue, "fail", kind) == message


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("none", "expected Record, got NoneType None"),
        ("field", "list[2]: expected int, got str '3'"),
        (
            "large",
            "from_: the integer does not fit s64 (-9223372036854775808 to 9223372036854775807)",
        ),
        ("text", "type: character 0 of the text is half a surrogate pair"),
    ],
)
def test_a_result_that_was_not_declared_is_told_with_its_place(
    glue: Any, kind: str, message: str
) -> None:
    told = f"TypeError: lie() does not return what it declares: {message}"
    assert refusal(glue, "lie", kind) == told


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("echo-date", "yesterday", "ValueError: in parameter 'v': 'yesterday' is not a date"),
        ("echo-decimal", "ten", "ValueError: in parameter 'v': 'ten' is not a Decimal"),
        ("positive", {"number": -1}, "ValueError: in parameter 'v': it is negative"),
    ],
)
def test_what_cannot_be_converted_is_told_with_the_parameter(
    glue: Any, name: str, value: Any, message: str
) -> None:
    assert refusal(glue, name, value) == message


def test_a_stack_that_runs_out_ends_the_instance(
    glue: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.abort", lambda: sys.exit("ended"))
    with pytest.raises(SystemExit, match="ended"):
        call(glue, "recurse", 100_000)
    assert "RecursionError: maximum recursion depth exceeded" in capsys.readouterr().err


# --- text


def test_the_glue_is_fit_to_be_read(tmp_path: Path) -> None:
    write(tmp_path, {"shapes.py": "import enum\nclass Color(enum.Enum):\n    RED = 1\n"})
    text = """
from shapes import Color
def paint(what: str, color: Color = Color.RED, *, twice: bool) -> str | None:
    import colorsys
"""
    assert (
        drafted(tmp_path, text).files["glue/wasmflow_glue.py"].decode()
        == '''\
"""Connects text.py to its interface. Made by `wasmflow build`: not to be edited."""

from wasmflow_guest import modules, randomness
from wasmflow_guest.calls import Default, Keyword, export, refuse_with
from wasmflow_guest.codecs import BOOL, STRING, choice, option

modules.start(packages=False)
text_py = modules.load("text")
shapes_py = modules.load("shapes")
modules.finish("colorsys")
randomness.prepare()

from wasmflow_world.exports import wasmflow_exports as wit

color_codec = choice(wit.Color, shapes_py.Color.RED)

refuse_with(wit.Exception)

functions = {
    "paint": export(
        text_py.paint,
        option(STRING),
        what=STRING,
        color=Default(color_codec),
        twice=Keyword(BOOL),
    ),
}
resources = {}
WasmflowExports = type("WasmflowExports", (), functions)
'''
    )


def test_a_source_that_has_no_name_to_import_is_loaded_from_its_file(tmp_path: Path) -> None:
    source = write(tmp_path, {"email.py": "def f() -> None: ..."})
    glue = draft(source).files["glue/wasmflow_glue.py"].decode()
    assert 'main__email_py = modules.load("main__email", "email.py")' in glue
    assert '"f": export(main__email_py.f, None)' in glue


def test_a_function_called_like_a_keyword_is_found_by_the_bindings(tmp_path: Path) -> None:
    made = drafted(tmp_path, "def import_(class_: int) -> int: ...")
    assert (
        '"import_": export(text_py.import_, S64, class_=S64)'
        in made.files["glue/wasmflow_glue.py"].decode()
    )
