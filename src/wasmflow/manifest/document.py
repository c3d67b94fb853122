"""The models of a manifest document, version 1: what an author may write, described once.

`manifest.shape` checks a tree against them, `manifest.schema` publishes them, `manifest.load` turns
what they describe into the values of `manifest.model`.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from wasmflow.manifest import tree
from wasmflow.manifest.block import Block, Description, Name
from wasmflow.manifest.specs.limits import TransactionBlock
from wasmflow.manifest.specs.manifest import ManifestBlock
from wasmflow.manifest.specs.triggers.cli import CliBlock
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.manifest.specs.triggers.startup import StartupBlock
from wasmflow.manifest.specs.wasm import WasmBlock
from wasmflow.manifest.syntax import quoted
from wasmflow.problem import Problem

_CONSTANT = "write a constant as JSON text in place of the block: '{\"key\": 1}'"


class RetryBlock(Block, frozen=True):
    """Repeats a call after an error, not after an exception."""

    noun = "a retry"
    advice: ClassVar[MappingOf[str, str]] = {
        "attempts": "write `times`: the first try is not counted"
    }

    times: Annotated[
        int,
        Meta(ge=0, le=100, description="How often to try again after the first try.", examples=[3]),
    ]
    delay: Annotated[
        float, Meta(ge=0, le=3600, description="Seconds to wait before the first repetition.")
    ] = 0.0
    factor: Annotated[
        float, Meta(ge=1, le=100, description="By how much longer to wait each time.")
    ] = 2.0


Retry: TypeAlias = Annotated[int, Meta(ge=0, le=100)] | RetryBlock
#: A list of more elements takes a noticeable time to cross into a component.
Batch: TypeAlias = Annotated[int, Meta(ge=1, le=65536)]
Pins: TypeAlias = dict[str, Any]


class InstanceBlock(Block, frozen=True):
    """A named use of a component."""

    noun = "an instance"
    advice: ClassVar[MappingOf[str, str]] = {"data": "it is called `with` since version 1"}

    id: Annotated[
        str,
        Meta(
            description="The component: its namespace in `external` (or `self` or `core`), `::`, its name.",
            examples=["text::greet", "self::hello", "core::merge"],
        ),
    ]
    with_: Annotated[
        Pins | UnsetType,
        Meta(
            description="Pins input ports to constants.",
            examples=[{"salutation": "Hello"}],
        ),
    ] = field(default=UNSET, name="with")
    config: Annotated[
        Pins | UnsetType,
        Meta(description="The older word for `with`.", extra_json_schema={"deprecated": True}),
    ] = UNSET
    retry: Annotated[
        Retry | UnsetType,
        Meta(
            description="Repeats a call after an error: how often, or a block that says more.",
            examples=[3, {"times": 3, "delay": 0.5}],
        ),
    ] = UNSET
    batch: Annotated[
        Batch | UnsetType,
        Meta(
            description="How many elements of a stream it is given at once, at most, if it takes batches.",
            examples=[256],
        ),
    ] = UNSET


PortType: TypeAlias = Annotated[
    str,
    Meta(
        description="The type of its values, as WIT writes it; `stream<T>` for a stream of them.",
        examples=["string", "list<s64>", "option<f64>", "any", "stream<string>"],
    ),
]
PortDescription: TypeAlias = Annotated[str, Meta(description="What it is for.")]


class InputBlock(Block, frozen=True):
    """An input port of a flow. What is left out is inferred from the ports that it feeds."""

    noun = "an input"

    type: PortType | UnsetType = UNSET
    optional: Annotated[bool | UnsetType, Meta(description="Whether it may be left out.")] = UNSET
    description: PortDescription = ""
    default: Annotated[
        Any,
        Meta(
            description="What it holds if nothing is given: JSON. Text is JSON text, "
            "so a string has quotes inside quotes; all else is itself.",
            examples=['"Hello"', 5, {"key": "value"}],
        ),
    ] = UNSET


class OutputBlock(Block, frozen=True):
    """An output port of a flow. What is left out is inferred from the port that feeds it."""

    noun = "an output"
    advice: ClassVar[MappingOf[str, str]] = {
        "optional": "any output may send nothing",
        "default": "put the default on the connection that feeds the output",
    }

    type: PortType | UnsetType = UNSET
    description: PortDescription = ""


Port: TypeAlias = Annotated[
    str, Meta(description="The port; `<error>` takes the failures of an instance.")
]
Instance: TypeAlias = Annotated[
    str,
    Meta(
        description="The instance, or `<>` for the flow itself.",
        examples=["greet", "<>", "text::greet[greet]"],
    ),
]


class SourceBlock(Block, frozen=True):
    """Where a connection begins."""

    noun = "the 'from' of a connection"
    advice: ClassVar[MappingOf[str, str]] = {"data": _CONSTANT, "value": _CONSTANT}

    instance: Instance
    port: Port | UnsetType = UNSET
    path: Annotated[
        list[str | Annotated[int, Meta(ge=0)]],
        Meta(
            description="Leads into the value: names of fields and numbers of elements.",
            examples=[["user", "first name", 0]],
        ),
    ] = field(default_factory=list)


class TargetBlock(Block, frozen=True):
    """Where a connection ends."""

    noun = "the 'to' of a connection"
    advice: ClassVar[MappingOf[str, str]] = {
        "path": "a path leads into what is sent: write it in 'from'"
    }

    instance: Instance
    port: Port | UnsetType = UNSET


class ConnectionBlock(Block, frozen=True):
    """A connection with more to say than the short form can."""

    noun = "a connection"

    source: Annotated[
        str | SourceBlock,
        Meta(description="Where it begins.", examples=["greet.output", "<>.name", '{"key": 1}']),
    ] = field(name="from")
    target: Annotated[
        str | TargetBlock, Meta(description="Where it ends.", examples=["greet.name", "<>", "drop"])
    ] = field(name="to")
    default: Annotated[
        Any,
        Meta(
            description="Replaces a failure that crosses the connection: JSON, in which `$ERROR` stands "
            "for the message. Text is JSON text, so a string has quotes inside quotes.",
            examples=['"unknown"', '"failed: $ERROR"', 0],
        ),
    ] = UNSET

    @classmethod
    def accident(cls, node: tree.Mapping) -> Problem | None:
        """A line such as ``a -> b: c``, which YAML takes for a key and its value."""
        entry = next(iter(node.entries.values()), None)
        if entry is None or entry.name in cls.__struct_encode_fields__:
            return None
        value = entry.value.raw if isinstance(entry.value, tree.Scalar) else ""
        if "->" not in entry.name + value:
            return None
        line = tree.excerpt(f"{entry.name}: {value}".rstrip())
        hint = f"put quotes around the whole connection: - {quoted(line)}"
        return Problem("YAML reads this connection as a mapping", hint, node.place)


Line: TypeAlias = Annotated[
    str,
    Meta(
        description="`instance.port -> instance.port`. `<>` is the flow's input on the left and its "
        "output on the right; JSON on the left is a constant; `drop` on the right is a sink.",
        examples=["<>.name -> greet.name", "greet -> <>", '"Hello" -> greet.salutation'],
    ),
]


class ComponentBlock(Block, frozen=True, kw_only=True):
    """A flow: a component made by connecting others."""

    noun = "a component"
    advice: ClassVar[MappingOf[str, str]] = {
        "collections": "every namespace in 'external' can be used",
        "connections": "the connections are under 'flow'",
    }

    description: Description = ""
    inputs: Annotated[
        dict[Name, PortType | InputBlock | None] | UnsetType,
        Meta(
            description="The input ports. Left out, they are those that the flow reads.",
            examples=[{"name": "string", "times": {"type": "u32", "default": 1}}],
        ),
    ] = UNSET
    outputs: Annotated[
        dict[Name, PortType | OutputBlock | None] | UnsetType,
        Meta(
            description="The output ports. Left out, they are those that the flow feeds.",
            examples=[{"output": "string"}],
        ),
    ] = UNSET
    instances: Annotated[
        dict[Name, str | InstanceBlock],
        Meta(
            description="Named uses of components.",
            examples=[{"greet": "text::greet"}],
        ),
    ] = field(default_factory=dict)
    flow: Annotated[
        list[Line | ConnectionBlock],
        Meta(description="The connections; their order does not matter."),
    ]


class Document(Block, frozen=True):
    """A Wasmflow manifest: collections to use, flows made of their components, and ways in to these."""

    noun = "a manifest"
    advice: ClassVar[MappingOf[str, str]] = {
        "host": "how a manifest is run is said to `wasmflow`, not in it",
        "default_flow": "name the component when you run it: wasmflow invoke MANIFEST COMPONENT",
        "unstable_triggers": "it is called triggers: {NAME: {kind: ...}}",
        "network": "this key is of version 0; see 'external' and 'components'",
        "flow": "a flow belongs to a component: components: { NAME: { flow: [...] } }",
        "instances": "instances belong to a component: components: { NAME: { instances: ... } }",
    }

    version: Annotated[Literal[1], Meta(description="The version of this format.", examples=[1])]
    name: Annotated[str, Meta(description="What the manifest is called.")] = ""
    description: Description = ""
    labels: Annotated[
        dict[str, str], Meta(description="Anything that people or tools want to note.")
    ] = field(default_factory=dict)
    limits: Annotated[
        TransactionBlock, Meta(description="What each transaction may use at most.")
    ] = field(default_factory=TransactionBlock)
    external: Annotated[
        dict[
            Name,
            Annotated[str, Meta(description="A file: a component (.wasm) or a manifest (.yaml).")]
            | WasmBlock
            | ManifestBlock,
        ],
        Meta(
            description="The collections that are used, each under the namespace that it has here.",
            examples=[{"text": "./text.wasm"}],
        ),
    ] = field(default_factory=dict)
    components: Annotated[
        dict[Name, ComponentBlock],
        Meta(description="The flows of this manifest, which others can use as components."),
    ] = field(default_factory=dict)
    triggers: Annotated[
        dict[Name, HttpBlock | ScheduleBlock | StartupBlock | CliBlock],
        Meta(
            description="Ways in to the components of this manifest, for `wasmflow serve` and "
            "`wasmflow run`. Where another manifest uses this one, they do not count.",
            examples=[{"web": {"kind": "http", "address": ":8080"}}],
        ),
    ] = field(default_factory=dict)
