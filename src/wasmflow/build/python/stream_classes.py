"""Classes that become streaming components: with `push` or `push_many` and perhaps `finish`, or `next`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.authored import Authored
from wasmflow.build.python.authored import Method as Written
from wasmflow.build.python.declarations import GuestType
from wasmflow.build.python.docstrings import Docs, docs_of
from wasmflow.build.python.names import library_name
from wasmflow.build.python.public import Candidate, slip
from wasmflow.build.python.signatures import Argument, Parameter, SignatureReader, held, yields
from wasmflow.build.python.source import Refused
from wasmflow.build.python.streaming import (
    FINISH,
    INIT,
    NEXT,
    PUSH,
    PUSH_MANY,
    Maker,
    Method,
    Streaming,
)
from wasmflow.build.python.vocabulary import ITERABLES, ITERATORS
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.wit import format_type

#: The classes in Python of what `push_many` can take.
_LISTS: Final = (frozenset({"list"}), frozenset({"tuple"}))
_SETS: Final = frozenset({"set", "frozenset"})


def read_stream_class(
    annotations: Annotations, candidate: Candidate, node: ast.ClassDef
) -> Streaming:
    """A class with its types. Raises `Refused` with everything that is wrong with it."""
    authored = Authored(annotations.program, candidate.source, node.name, node)
    reader = _Reader(annotations, candidate, authored)
    made = reader.streaming()
    if reader.problems:
        raise Refused(*reader.problems)
    return made


class _Sent(NamedTuple):
    """What a method gives."""

    #: As it was written.
    value: wit.Type
    #: As the method returns it.
    type: wit.Type
    #: That of each packet.
    packet: wit.Type
    codec: str


class _Reader:
    def __init__(self, annotations: Annotations, candidate: Candidate, authored: Authored) -> None:
        self._annotations = annotations
        self._candidate = candidate
        self._name = candidate.name
        self._authored = authored
        self._found = authored.methods
        self.problems: list[Problem] = []

    def streaming(self) -> Streaming:
        """The component; of no use if there are problems."""
        self._check_methods()
        values = self._parameters(INIT) if INIT in self._found else ()
        methods = self._source() if NEXT in self._found else self._pushed()
        self._check_inputs(values, methods)
        name, label = self._candidate.name, self._candidate.label
        return Streaming(
            name,
            label,
            Maker.CLASS,
            values,
            methods,
            self._docs(methods),
            warnings=tuple(self._without_output(methods)),
        )

    def _check_methods(self) -> None:
        """Which methods may stand beside each other."""
        several = [name for name in (NEXT, PUSH, PUSH_MANY) if name in self._found]
        for other in several[1:]:
            message = f"'{self._name}' has both {several[0]} and {other}"
            self._refuse(other, message, "keep one of them")
        if NEXT in self._found and FINISH in self._found:
            message = f"'{self._name}' has next, so that its finish is never called"
            self._refuse(FINISH, message, "leave it out, or write push for next")

    def _refuse(self, method: str, message: str, hint: str = "", parameter: str = "") -> None:
        """Note a problem of a method, or of one of its parameters."""
        source, node = self._found[method]
        inside = (each for each in ast.walk(node.args) if isinstance(each, ast.arg))
        place = next((each for each in inside if each.arg == parameter), node)
        self.problems.append(source.problem(place, message, hint))

    def _signature(self, name: str) -> SignatureReader:
        source, node = self._found[name]
        label, shown = self._candidate.label, f"{self._name}.{name}"
        return SignatureReader(self._annotations, source, node, label, shown)

    # --- inputs

    def _parameters(self, name: str) -> tuple[Parameter, ...]:
        reader = self._signature(name)
        arguments = self._arguments(name, reader)
        reader.check_names(arguments)
        parameters = tuple(reader.parameters(arguments))
        self.problems += reader.problems
        return parameters

    def _arguments(self, name: str, reader: SignatureReader) -> list[Argument]:
        found = self._found[name]
        static = self._is_static(found)
        given = found.node.args
        if not static and not (given.posonlyargs or given.args):
            reader.refuse(found.node, f"'{self._name}.{name}' does not take self")
        return reader.arguments(bound=not static)

    def _is_static(self, method: Written) -> bool:
        return any(
            library_name(self._authored.program, method.source, each) == "builtins.staticmethod"
            for each in method.node.decorator_list
        )

    def _takes_any(self, name: str) -> bool:
        """Whether a method takes anything but self."""
        found = self._found[name]
        given = found.node.args
        bound = not self._is_static(found)
        named = len(given.posonlyargs) + len(given.args) != int(bound)
        return bool(named or given.kwonlyargs or given.vararg or given.kwarg)

    def _check_takes_nothing(self, name: str) -> None:
        reader = self._signature(name)
        for argument in self._arguments(name, reader):
            message = f"'{self._name}.{name}' is called without '{argument.node.arg}'"
            reader.refuse(argument.node, message, "take it in __init__, or leave it out")
        self.problems += reader.problems

    def _check_inputs(self, values: Iterable[Parameter], methods: Iterable[Method]) -> None:
        taken = {each.label for each in values}
        for method in methods:
            for each in method.parameters:
                if each.label in taken:
                    message = f"'{each.name}' is taken by __init__ and by {method.name}"
                    hint = "give one of the two another name"
                    self._refuse(method.name, message, hint, each.name)

    # --- what is pushed to, and what is pulled from

    def _pushed(self) -> tuple[Method, ...]:
        name = PUSH_MANY if PUSH_MANY in self._found else PUSH
        taken = self._parameters(name)
        if not self._takes_any(name):
            message = f"'{self._name}.{name}' takes nothing, so that there is no stream"
            self._refuse(name, message, "have it take an element")
        if name == PUSH_MANY:
            self._check_lists(taken)
        sent = self._sent(name)
        push = _method(name, taken, sent)
        if FINISH not in self._found:
            return (push,)
        self._check_takes_nothing(FINISH)
        last = self._sent(FINISH, reduced=sent is None)
        if sent and last and sent.packet != last.packet:
            shown, other = format_type(sent.packet), format_type(last.packet)
            message = f"'{self._name}' gives {shown} from {name} and {other} from finish"
            self._refuse(FINISH, message, "both are one output, which has one type")
        return (push, _method(FINISH, (), last))

    def _check_lists(self, taken: Iterable[Parameter]) -> None:
        for each in taken:
            if not isinstance(each.type, wit.List) or each.guest.classes not in _LISTS:
                message = f"'{each.name}' of '{self._name}.{PUSH_MANY}' is no list of elements"
                self._refuse(PUSH_MANY, message, f"write {self._as_list(each)}", each.name)

    def _as_list(self, taken: Parameter) -> str:
        """How a parameter would take a list of what it takes."""
        inside = ast.walk(self._found[PUSH_MANY].node.args)
        written = next(
            each.annotation
            for each in inside
            if isinstance(each, ast.arg) and each.arg == taken.name
        )
        is_set = taken.guest.classes <= _SETS
        element = held(written) if is_set or written is None else ast.unparse(written)
        return f"{taken.name}: list[{element}]"

    def _source(self) -> tuple[Method, ...]:
        self._check_takes_nothing(NEXT)
        reader = self._signature(NEXT)
        sent = self._pulled(reader)
        self.problems += reader.problems
        return (_method(NEXT, (), sent),)

    def _pulled(self, reader: SignatureReader) -> _Sent | None:
        node = self._found[NEXT].node
        if yields(node):
            hint = "return one packet each time, or write a function that yields"
            reader.refuse(node, f"'{self._name}.next' yields", hint)
            return None
        annotation = node.returns
        made = reader.type(annotation, self._candidate.label) if annotation else None
        if made and made.payload:
            return _sent(made)
        if made or annotation is None:
            shown = ast.unparse(annotation) if annotation else "str"
            message = f"'{self._name}.next' has to give packets, and None when there are no more"
            reader.refuse(annotation or node, message, f"write '-> {shown} | None'")
        return None

    # --- outputs

    def _sent(self, name: str, *, reduced: bool = False) -> _Sent | None:
        """What a method gives; ``None`` for nothing, or if there is a problem.

        What a reducer gives is one value, whatever it holds.
        """
        reader = self._signature(name)
        annotation = reader.returns()
        sent = self._read_sent(name, reader, annotation) if annotation else None
        self.problems += reader.problems
        return sent._replace(type=sent.value) if sent and reduced else sent

    def _read_sent(self, name: str, reader: SignatureReader, annotation: ast.expr) -> _Sent | None:
        node, label = self._found[name].node, self._candidate.label
        iterates = reader.outer(annotation) in ITERATORS | ITERABLES
        if yields(node) and (isinstance(node, ast.AsyncFunctionDef) or not iterates):
            hint = f"write '-> Iterator[{held(annotation)}]'"
            if isinstance(node, ast.AsyncFunctionDef):
                hint = f"write 'def {name}' without 'async'"
            reader.refuse(annotation, f"'{self._name}.{name}' yields", hint)
            return None
        if iterates:
            packet = reader.element(annotation, label)
            return _iterated(packet) if packet else None
        made = reader.type(annotation, label)
        return _sent(made) if made else None

    def _without_output(self, methods: tuple[Method, ...]) -> Iterator[Problem]:
        """That there is no `finish` to give what `push` does not."""
        (push, *others) = methods
        if others or push.result is not None:
            return
        near = slip(FINISH, self._found)
        hint = f"have {push.name} give something, or write a finish that does"
        hint = f"did you mean '{FINISH}' for '{near}'?" if near else hint
        source, node = self._found[push.name]
        message = (
            f"'{self._name}' has no output: its {push.name} gives nothing, and there is no finish"
        )
        yield replace(source.problem(node, message, hint), warning=True)

    # --- what is said of it

    def _docs(self, methods: Iterable[Method]) -> Docs:
        """What is said of the class, with what is said of the inputs and the output by its methods."""
        own = docs_of(self._authored.node)
        names = [INIT, *(each.name for each in methods)]
        found = [self._found[name].node for name in names if name in self._found]
        others = [docs_of(each) for each in found]
        parameters = {
            name: text for each in (own, *others) for name, text in each.parameters.items()
        }
        returns = [each.returns for each in (own, *others) if each.returns]
        return Docs(own.description, parameters, returns[0] if returns else "")


def _method(name: str, taken: tuple[Parameter, ...], sent: _Sent | None) -> Method:
    return Method(name, taken, sent.type, sent.codec) if sent else Method(name, taken)


def _iterated(packet: GuestType) -> _Sent:
    several = wit.List(packet.type)
    return _Sent(several, several, packet.type, f"iterated({packet.codec})")


def _sent(made: GuestType) -> _Sent:
    """What a type that was written means for a stream: `list` holds packets, and `None` is none."""
    type_ = made.type
    if made.payload:
        return _Sent(type_, type_, made.payload.type, made.codec)
    if not isinstance(type_, wit.List):
        return _Sent(type_, type_, type_, made.codec)
    if made.classes == {"list"}:
        return _Sent(type_, type_, type_.element, made.codec)
    # Bytes, a dict or a set is one value. In WIT they are lists too, and an option tells them apart.
    return _Sent(type_, wit.Option(type_), type_, made.codec)
