"""Write the generated parts of the reference anew; with --check, only name the pages that are stale.

A part stands between ``<!-- generated: KIND NAME -->`` and ``<!-- end -->``: a block of the manifest
from its model, a core component from its template, a command from its help. All else is hand-written.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from wasmflow.cli.main import PROGRAM
from wasmflow.collections.core.collection import TEMPLATES
from wasmflow.component import Port
from wasmflow.manifest.schema import schema_text
from wasmflow.packet import EMPTY
from wasmflow.types.wit import spell_out

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PART = re.compile(r"(<!-- generated: (\w+) (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH = 96

Schema = dict[str, Any]
#: What the schema's types are called.
TYPES = {
    "boolean": "true or false",
    "integer": "whole number",
    "string": "text",
    "object": "name: any value",
    "null": "nothing",
}
BLOCKS: Schema = json.loads(schema_text())["$defs"]


# --- blocks of the manifest -------------------------------------------------------------------


def block(name: str) -> Iterator[str]:
    """The keys of a block, as a table."""
    schema = BLOCKS[name]
    yield schema["description"]
    yield ""
    yield from table(("key", "value", "meaning"), map(list, keys(schema)))


def keys(schema: Schema) -> Iterator[tuple[str, str, str]]:
    for key, value in schema["properties"].items():
        required = " (required)" if key in schema["required"] else ""
        yield f"`{key}`{required}", type_text(value), " ".join(meaning(value))


def meaning(value: Schema) -> Iterator[str]:
    yield value.get("description", "")
    if value.get("default", False) is not False and value["default"] not in (None, "", {}, []):
        yield f"Default: {default_text(value['default'])}."
    if value.get("maximum", 0) >= 1 << 53:
        yield f"At least {value['minimum']}."
    elif "minimum" in value:
        yield f"From {value['minimum']} to {value['maximum']}."
    if examples := value.get("examples"):
        shown = ", ".join(f"`{example_text(each)}`" for each in examples)
        yield f"For example {shown}."


def default_text(default: object) -> str:
    return f"{default:g}" if type(default) in (int, float) else f"`{example_text(default)}`"


def example_text(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example)


def type_text(value: Schema) -> str:
    """What may stand there, in a few words."""
    if "$ref" in value:
        return link(value["$ref"].rpartition("/")[2])
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(map(type_text, value["anyOf"])))
    if "enum" in value:
        return " or ".join(f"`{each}`" for each in value["enum"])
    if "additionalProperties" in value:
        return f"name: {type_text(value['additionalProperties'])}"
    if "items" in value:
        return f"list of {type_text(value['items'])}"
    type_ = value.get("type", "any value")
    return str(TYPES.get(type_, type_))


def link(name: str) -> str:
    noun = name.removesuffix("Block").lower()
    return f"[{noun}](#{noun})"


# --- core components --------------------------------------------------------------------------


def core(name: str) -> Iterator[str]:
    """A core component with its ports, and what its `with` may hold besides."""
    template = TEMPLATES[name]
    yield template.outline.description
    yield ""
    rows = [["in", *port(each)] for each in template.outline.inputs]
    if template.any_input:
        rows.append(["in", "every name that a connection asks for", ""])
    rows += [["with", f"`{each}`", text] for each, text in template.constants.items()]
    rows += [["out", *port(each)] for each in template.outline.outputs]
    yield from table(("", "port or constant", "meaning"), rows)


def port(each: Port) -> list[str]:
    type_ = "" if each.type is None else f": {spell_out(each.type)}"
    default = "" if each.default is EMPTY else f" = {json.dumps(each.default)}"
    optional = " (optional)" if each.optional else " (stream)" if each.stream else ""
    return [f"`{each.name}{type_}{default}`{optional}", each.description]


# --- commands ---------------------------------------------------------------------------------


def cli(name: str) -> Iterator[str]:
    """The help of a command, as the command prints it."""
    context = click.Context(PROGRAM, info_name="wasmflow", terminal_width=WIDTH)
    command = PROGRAM.get_command(context, name)
    if command is None:
        raise KeyError(name)
    yield "```text"
    own = click.Context(command, context, info_name=name, **command.context_settings)
    yield command.get_help(own)
    yield "```"


# --- pages ------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[str], Iterator[str]]] = {"block": block, "core": core, "cli": cli}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(heads)
    for row in (heads, ["---"] * len(heads), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def renewed(page: str) -> str:
    """A page with its generated parts written anew."""

    def part(match: re.Match[str]) -> str:
        begin, kind, name, end = match.groups()
        return begin + "".join(f"{line}\n" for line in KINDS[kind](name)) + end

    return PART.sub(part, page)


def main(arguments: list[str]) -> int:
    stale = 0
    for path in sorted(REFERENCE.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        if (new := renewed(page)) == page:
            continue
        if arguments == ["--check"]:
            sys.stderr.write(f"docs/reference/{path.name} is stale; run scripts/docs.py\n")
            stale = 1
        else:
            path.write_text(new, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
