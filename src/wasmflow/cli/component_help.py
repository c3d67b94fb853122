"""The help of one component: its ports as the flags that `invoke` reads, with examples to copy."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

import click

from wasmflow.cli.command import write_examples
from wasmflow.cli.describe import outline
from wasmflow.cli.output import one_line, printable
from wasmflow.cli.ports import flag
from wasmflow.codec.texts import shown_type
from wasmflow.component import Definition, Port, Signature
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, encoder
from wasmflow.types.samples import sample


def component_help(ctx: click.Context, artifact: str, signature: Signature) -> str:
    """How to invoke this component of this artifact."""
    start = _command(artifact, signature.name)
    formatter = ctx.make_formatter()
    formatter.write_usage(printable(start), "[OPTIONS] [-- --PORT=VALUE ...]")
    _write_text(formatter, signature.description)
    inputs = [(f"--{port.name} {shown_type(port)}", _input(port)) for port in signature.inputs]
    outputs = [(f"{port.name} {shown_type(port)}", port.description) for port in signature.outputs]
    _write_table(formatter, "Inputs, after '--'", inputs)
    _write_table(formatter, "Outputs", outputs)
    _write_lines(formatter, signature)
    ctx.command.format_options(ctx, formatter)
    write_examples(formatter, [printable(example) for example in _examples(start, signature)])
    return formatter.getvalue()


def artifact_help(ctx: click.Context, artifact: str, definitions: Mapping[str, Definition]) -> str:
    """Which components of an artifact there are to invoke."""
    formatter = ctx.make_formatter()
    formatter.write_usage(f"wasmflow invoke {_word(artifact)}", "COMPONENT [-- --PORT=VALUE ...]")
    described = [(name, outline(each).description) for name, each in definitions.items()]
    _write_table(formatter, "Components", described)
    write_examples(formatter, [f"{_command(artifact, name)} --help" for name, _ in described[:3]])
    return formatter.getvalue()


def _command(artifact: str, component: str) -> str:
    return f"wasmflow invoke {_word(artifact)} {_word(component)}"


def _word(text: str) -> str:
    return shlex.quote(printable(text))


def _write_text(formatter: click.HelpFormatter, text: str) -> None:
    if text.strip():
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(printable(text))


def _write_table(
    formatter: click.HelpFormatter, title: str, rows: Iterable[tuple[str, str]]
) -> None:
    safe = [(printable(left), one_line(right).replace(" | ", " ")) for left, right in rows]
    if safe:
        with formatter.section(title):
            formatter.write_dl(safe)


def _input(port: Port) -> str:
    """What the help says of an input beside its name and type."""
    if port.default is not EMPTY:
        mark = f"[default: {dumps(port.default)}]"
    else:
        mark = "" if port.optional else "[required]"
    return f"{port.description}  {mark}".strip()


def _write_lines(formatter: click.HelpFormatter, signature: Signature) -> None:
    """What a line of standard input is, and what a line that is printed."""
    fed = _fed(signature)
    if fed:
        unit = "packet" if any(port.stream for port in signature.inputs) else "transaction"
        alone = f"; or {_json(fed[0])} alone" if len(fed) == 1 else ""
        gap = "; {} is a gap" if unit == "packet" else ""
        with formatter.section("Standard input, where a required input is missing or is -"):
            formatter.write_text(printable(f"Each line is a {unit}: {_line(fed)}{alone}{gap}."))
    if any(port.stream for port in signature.outputs):
        with formatter.section("Standard output"):
            formatter.write_text(
                printable(f"A line for each packet as it comes: {_printed(signature)}.")
            )


def _printed(signature: Signature) -> str:
    """The lines that outputs in step share."""
    if signature.opened:
        return _json(signature.outputs[0])
    steps = dict.fromkeys(port.step for port in signature.outputs)
    return " or ".join(_line(p for p in signature.outputs if p.step == step) for step in steps)


def _fed(signature: Signature) -> list[Port]:
    """The inputs that a line gives at the least."""
    streams = [port for port in signature.inputs if port.stream]
    return [port for port in streams or signature.inputs if not port.optional] or streams


def _line(ports: Iterable[Port]) -> str:
    shown = (f"{dumps(port.name)}:{_json(port)}" for port in ports)
    return f"{{{','.join(shown)}}}"


def _json(port: Port) -> str:
    type_ = port.type or wit.ANY
    return dumps(encoder(type_)(sample(type_)))


def _examples(start: str, signature: Signature) -> list[str]:
    required = [flag(port) for port in signature.inputs if not port.optional]
    every = [flag(port) for port in signature.inputs]
    flags = [required] if required == every else [required, every]
    once = [" ".join([start, "--", *each] if each else [start]) for each in flags]
    return [*_piped(start, signature), *once]


def _piped(start: str, signature: Signature) -> list[str]:
    """A packet from a pipe, where the component takes streams."""
    if not any(port.stream for port in signature.inputs):
        return []
    values = [flag(p) for p in signature.inputs if not (p.optional or p.stream)]
    command = " ".join([start, "--", *values] if values else [start])
    return [f"echo {shlex.quote(_line(_fed(signature)))} | {command}"]
