# mypy: ignore-errors
"""A guest as componentize-py takes it: classes that implement the bindings of `world.wit`."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.text import Any, Routed, Routed_Empty, Routed_Long, Routed_Short, Tone
from wit_world.imports.types import Person


class WitWorld:
    def shout(self, text: str) -> str:
        return text.upper()


class Text(exports.Text):
    def concat(self, left: str, right: str) -> str:
        if not left:
            raise Err("nothing on the left")
        return left + right

    def greet(self, who: Person, tone: Tone | None) -> str:
        name = who.first if who.last is None else f"{who.first} {who.last}"
        return f"Hello {name}!" if tone is Tone.LOUD else f"Hello {name}"

    def echo(self, value: Any) -> Any:
        return value

    def route(self, text: str) -> Routed | None:
        if text == "none":
            return None
        if not text:
            return Routed_Empty()
        return Routed_Short(text) if len(text) < 5 else Routed_Long(len(text))


class Splitter(exports.text.Splitter):
    def __init__(self, separator: str) -> None:
        self.separator = separator
        self.rest = ""

    def push(self, part: str) -> list[str]:
        *whole, self.rest = (self.rest + part).split(self.separator)
        return whole

    def finish(self) -> list[str]:
        return [self.rest]
