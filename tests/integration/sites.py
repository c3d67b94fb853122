"""A web server on loopback with components of every kind of signature, made of functions."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from tests.fakes import FakeStreamer, error, exception
from tests.triggers.doors import FakeCollection, surroundings, trigger, typed
from wasmflow.component import About, Port, Signature
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.packet import EMPTY
from wasmflow.triggers.kinds import check_triggers, open_trigger
from wasmflow.types import model as wit
from wasmflow.types.wit import parse_type

USER: Final = wit.Record(
    (wit.Part("name", wit.STRING), wit.Part("age", wit.Option(wit.U8))), "user"
)
COLOR: Final = wit.Enum(("red", "green"), "color")
TEXT: Final = (Port("output", wit.STRING),)

#: What a hostile author might write where text is expected.
HOSTILE: Final = "<script>document.title = 'stolen'</script><img src=x onerror=alert(1)>"


@asynccontextmanager
async def serving(host: Host, block: str = "{kind: http}", **variables: str) -> AsyncIterator[str]:
    """A server of these components; gives its address, which ends with a slash."""
    described = trigger(block, **variables)
    assert [str(each) for each in check_triggers([described], host)] == []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        around = replace(surroundings(host), sockets=[listening])
        server = await open_trigger(described, around)
        await server.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            await server.stop(1)


def everything() -> Host:
    """One component for each way of taking and giving something."""
    about = About("test", f"Everything. {HOSTILE}")
    return Host(FakeCollection(_components(), about), Settings())


def _components() -> dict[str, Any]:
    salutation = Port("salutation", wit.STRING, True, None, "Before the name.", "Hello")
    return {
        "greet": typed(
            Signature("", (Port("name", wit.STRING), salutation), TEXT, f"Greets. {HOSTILE}"),
            lambda name, salutation: f"{'Hello' if salutation is EMPTY else salutation}, {name}!",
        ),
        "sum": typed(
            Signature("", (Port("left", wit.S64), Port("right", wit.S64)), _one("s64")), _sum
        ),
        "describe": typed(
            Signature(
                "",
                (
                    Port("user", USER),
                    Port("color", COLOR),
                    Port("styles", parse_type("flags {bold, wide}"), True),
                    Port("picture", wit.BYTES),
                    Port("sure", wit.BOOL),
                    Port("shape", parse_type("variant {circle(f64), none}"), True),
                    Port("scale", wit.F32, True, default=1.5),
                ),
                (Port("output", wit.Record((wit.Part("bytes", wit.U32), wit.Part("user", USER)))),),
            ),
            lambda user, color, styles, picture, *_: {"bytes": len(picture), "user": user},
        ),
        "echo": typed(
            Signature("", (Port("value", wit.ANY),), (Port("output", wit.ANY),)),
            lambda value: value,
        ),
        "now": typed(Signature("", (), _one("u64")), lambda: 2**63),
        "refuse": typed(
            Signature("", (Port("reason", wit.STRING),), TEXT),
            lambda reason: exception(f"it said no: {reason}", payload={"gone": reason}),
        ),
        "break": typed(Signature("", (), TEXT), lambda: error("wasm trap: unreachable", "deep")),
        "words": FakeStreamer(
            Signature(
                "", (Port("text", wit.STRING, step=0),), (Port("output", wit.STRING, step=1),)
            ),
            _words,
        ),
        "count": FakeStreamer(
            Signature("", (Port("from", wit.U32),), (Port("output", wit.U32, step=0),)),
            pulls=lambda at: [at],
        ),
    }


def _one(type_: str) -> tuple[Port, ...]:
    return (Port("output", parse_type(type_)),)


def _words(text: str) -> Any:
    return exception("it is empty") if text == "-" else text.split()


def _sum(left: int, right: int) -> Any:
    total = left + right
    return total if abs(total) < 2**63 else exception("it is too large")
