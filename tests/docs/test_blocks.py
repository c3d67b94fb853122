from __future__ import annotations

import pytest

from tests.docs.blocks import Block, blocks, commands, printed, shows

DOCUMENT = """\
# A page

```yaml
# shop.yaml
version: 1
```

Text with ``` in it.

```console
$ one \\
    two
first

second
$ three
```
"""


def test_blocks_have_their_language_and_place() -> None:
    assert [(block.language, block.line) for block in blocks(DOCUMENT)] == [
        ("yaml", 4),
        ("console", 11),
    ]


def test_the_first_line_names_a_file() -> None:
    assert [block.file for block in blocks(DOCUMENT)] == ["shop.yaml", None]


def test_words_after_the_language_are_kept() -> None:
    assert next(blocks("```yaml broken\n```\n")).words == ("broken",)


def test_commands_have_what_stands_below_them() -> None:
    *_, block = blocks(DOCUMENT)
    one, three = commands(block)
    assert (one.text, one.shown, one.line) == ("one \\\n    two", ("first", "", "second"), 11)
    assert (three.text, three.shown) == ("three", ())


def test_an_output_without_a_command_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="line 3"):
        commands(Block("console", (), "output\n", 3))


def test_comments_beside_print_say_what_is_printed() -> None:
    block = Block("python", (), "x = 1  # one\nprint(x)  # 1\n    print('#')  # #\n", 1)
    assert printed(block) == ["1", "#"]


@pytest.mark.parametrize(
    ("shown", "output"),
    [
        ([], ""),
        (["a"], "a\n"),
        (["a"], "a  "),
        (["a … c"], "a b c\n"),
        (["a", "…", "c"], "a\nc\n"),
        (["a", "…", "c"], "a\nb\nb\nc\n"),
        (["…"], ""),
    ],
)
def test_an_output_is_shown(shown: list[str], output: str) -> None:
    assert shows(shown, output)


@pytest.mark.parametrize(
    ("shown", "output"),
    [
        ([], "a\n"),
        (["a"], ""),
        (["a"], "b\n"),
        (["a"], "a\nb\n"),
        (["a…"], "a\nb\n"),
        (["."], "a\n"),
    ],
)
def test_an_output_is_not_shown(shown: list[str], output: str) -> None:
    assert not shows(shown, output)
