from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.build.python.docstrings import Docs, docs_of, read_docstring

GOOGLE = """Join two texts.

    Nothing is between them.

    Args:
        left: what comes first
            and goes on here
        right (str): what comes last: the rest
        *more: others

    Returns:
        str: both

    Raises:
        ValueError: never
    """

SPHINX = """Join two texts.

    Nothing is between them.

    :param left: what comes first
        and goes on here
    :param str right: what comes last: the rest
    :type left: str
    :returns: str: both
    :raises ValueError: never
    """

NUMPY = """Join two texts.

    Nothing is between them.

    Parameters
    ----------
    left : str
        what comes first
        and goes on here
    right : str, optional
        what comes last: the rest

    Returns
    -------
    str: both

    Raises
    ------
    ValueError
        never
    """


@pytest.mark.parametrize("text", [GOOGLE, SPHINX, NUMPY])
def test_the_usual_styles_say_the_same(text: str) -> None:
    docs = read_docstring(text)
    assert docs.description == "Join two texts.\n\nNothing is between them."
    assert docs.parameters["left"] == "what comes first and goes on here"
    assert docs.parameters["right"] == "what comes last: the rest"
    assert docs.returns == "str: both"


def test_names_that_share_a_line_share_a_description() -> None:
    docs = read_docstring("Parameters\n----------\nleft, right : str\n    a text\n")
    assert docs.parameters == {"left": "a text", "right": "a text"}


def test_text_after_a_section_belongs_to_the_description() -> None:
    docs = read_docstring("First.\n\nArgs:\n    x: a number\n\nLast.")
    assert docs == Docs("First.\n\n\nLast.".replace("\n\n\n", "\n\n"), {"x": "a number"}, "")


def test_a_docstring_in_no_style_is_all_description() -> None:
    text = "Counts.\n\nNote that this: that.\nx -- a number"
    assert read_docstring(text) == Docs(text)


def test_no_docstring_says_nothing() -> None:
    assert read_docstring("") == docs_of(documented("pass")) == Docs()


def documented(body: str) -> ast.FunctionDef:
    (function,) = ast.parse(f"def f():\n    {body}").body
    assert isinstance(function, ast.FunctionDef)
    return function


@pytest.mark.parametrize(
    "text",
    [
        "\n    Args:\n        x: a number\n    ",
        "\n    Parameters\n    ----------\n    x : int\n        a number\n    ",
        ":param x: a number",
    ],
)
def test_a_docstring_may_begin_with_a_section(text: str) -> None:
    assert docs_of(documented(f'"""{text}"""')) == Docs("", {"x": "a number"})


@given(
    st.lists(
        st.sampled_from(["Args:", "Parameters", "---", "x: y", "  x (a): b", ":param x: y", ""])
        | st.text(max_size=10)
    ).map("\n".join)
)
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_docstring(text), Docs)


@pytest.mark.parametrize("text", ["Count.\n\nYields:\n    numbers", "Count.\n\n:yields: numbers"])
def test_what_is_yielded_is_what_is_returned(text: str) -> None:
    assert read_docstring(text) == Docs("Count.", {}, "numbers")
