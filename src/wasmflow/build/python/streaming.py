"""Streaming components: what a source says of one, however it is written.

`stream_functions` reads them from functions, `stream_classes` from classes; `interface` makes
resources of them, `glue` the classes that the bindings look for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from wasmflow.build.python.docstrings import Docs
from wasmflow.build.python.signatures import Parameter
from wasmflow.problem import Problem
from wasmflow.types import model as wit

INIT: Final = "__init__"
PUSH: Final = "push"
PUSH_MANY: Final = "push_many"
FINISH: Final = "finish"
NEXT: Final = "next"


class Maker(Enum):
    """How it is written; the value is what makes it in the glue."""

    CLASS = "stateful"
    #: An async generator that reads a stream.
    TRANSDUCER = "transducer"
    #: An async function that reads a stream and returns a value.
    REDUCER = "reducer"
    #: A generator without a stream to read.
    SOURCE = "source"
    ASYNC_SOURCE = "async_source"


@dataclass(frozen=True)
class Method:
    """A method of the resource."""

    #: Its name in Python.
    name: str
    parameters: tuple[Parameter, ...] = ()
    #: What it gives each time it is called; ``None`` for nothing.
    result: wit.Type | None = None
    #: What gives it in the glue; empty for nothing.
    codec: str = ""


@dataclass(frozen=True)
class Streaming:
    """A function or a class that becomes a streaming component."""

    name: str
    label: str
    maker: Maker
    #: Those of the function, or of the class's constructor.
    parameters: tuple[Parameter, ...]
    methods: tuple[Method, ...]
    docs: Docs
    #: What gives the packets of a function in the glue; empty for a class, and for nothing.
    codec: str = ""
    #: What is odd about it.
    warnings: tuple[Problem, ...] = ()

    @property
    def constructor(self) -> tuple[Parameter, ...]:
        """The value inputs."""
        return tuple(each for each in self.parameters if not each.stream)

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """All inputs: first the values, then the streams."""
        return (*self.constructor, *(each for made in self.methods for each in made.parameters))
