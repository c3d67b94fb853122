"""Functions that become streaming components: generators, and what reads an asynchronous iterator.

A component has neither threads nor an event loop, so a generator that is not `async` cannot wait for
a stream. One that is, and awaits nothing else, is resumed for each packet.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from wasmflow.build.python.annotations import Annotations
from wasmflow.build.python.authored import FunctionNode
from wasmflow.build.python.declarations import GuestType
from wasmflow.build.python.docstrings import docs_of
from wasmflow.build.python.public import Candidate
from wasmflow.build.python.signatures import (
    Argument,
    Given,
    Parameter,
    SignatureReader,
    held,
    yields,
)
from wasmflow.build.python.source import Refused
from wasmflow.build.python.streaming import FINISH, NEXT, PUSH, Maker, Method, Streaming
from wasmflow.build.python.unawaited import unawaited
from wasmflow.build.python.vocabulary import (
    ASYNC_GENERATORS,
    ASYNC_ITERATORS,
    ITERABLES,
    ITERATORS,
    STREAMS,
)
from wasmflow.types import model as wit

_ASYNC: Final = ASYNC_ITERATORS | ASYNC_GENERATORS


def read_stream_function(
    annotations: Annotations, candidate: Candidate, node: FunctionNode
) -> Streaming | None:
    """A function with streams; ``None`` if it is one on values.

    Raises `Refused` with everything that is wrong with it.
    """
    reader = _Reader(annotations, candidate, node)
    if not reader.has_streams():
        return None
    made = reader.streaming()
    if reader.problems or made is None:
        raise Refused(*reader.problems)
    return made


class _Reader(SignatureReader):
    def __init__(self, annotations: Annotations, candidate: Candidate, node: FunctionNode) -> None:
        super().__init__(annotations, candidate.source, node, candidate.label, node.name)
        self._candidate = candidate
        self._function = node
        self._name = node.name
        self._yields = yields(node)
        self._returned = self.outer(node.returns)
        every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        self._taken = {each.arg: self.outer(each.annotation) for each in every}

    def has_streams(self) -> bool:
        """Whether it takes or gives a stream."""
        kinds = {self._returned, *self._taken.values()}
        return self._yields or bool(kinds & STREAMS)

    def streaming(self) -> Streaming | None:
        """The component; ``None`` if there is a problem."""
        arguments = self.arguments()
        self.check_names(arguments)
        parameters = [self._stream_or_value(each) for each in arguments]
        streams = [each for each in arguments if self._is_stream(each)]
        for each in streams[1:]:
            hint = "write a class whose push takes an element of each"
            self.refuse(each.node, f"'{self._name}' takes more than one stream", hint)
        for each in streams:
            self._check_waits(each.node.arg)
        # What cannot be taken says nothing of how the result is made.
        clear = all(parameters) or bool(streams)
        maker = self._maker(bool(streams)) if clear else None
        result = self._result(maker) if maker else None
        refused = result is None and maker is not Maker.REDUCER
        if maker is None or refused or self.problems:
            return None
        return self._made(maker, [each for each in parameters if each], result)

    # --- parameters

    def _is_stream(self, argument: Argument) -> bool:
        return self._taken[argument.node.arg] in ASYNC_ITERATORS

    def _stream_or_value(self, argument: Argument) -> Parameter | None:
        if self._is_stream(argument):
            return self._stream(argument)
        kind = self._taken[argument.node.arg]
        if kind in ITERATORS or (self._yields and kind in ITERABLES):
            message = f"'{self._name}' cannot wait for '{argument.node.arg}', as it is not async"
            hint = f"write '{self._async_form(argument.node)}' and 'async for'; or take a list"
            self.refuse(argument.node, message, hint)
            return None
        if kind in ASYNC_GENERATORS:
            message = f"'{argument.node.arg}' is given an iterator and no generator"
            self.refuse(argument.node, message, "write AsyncIterator[str], for example")
            return None
        return self.parameter(argument)

    def _async_form(self, stream: ast.arg) -> str:
        """How the function would begin if it could wait."""
        returned = self._function.returns
        result = ast.unparse(returned) if returned else "str"
        if self._yields or self._returned in ITERATORS:
            result = f"AsyncIterator[{held(returned)}]"
        taken = f"{stream.arg}: AsyncIterator[{held(stream.annotation)}]"
        return f"async def {self._name}({taken}) -> {result}"

    def _stream(self, argument: Argument) -> Parameter | None:
        node, default, given = argument
        if default is not None:
            self.refuse(default, f"'{node.arg}' is a stream, and these have no default")
        made = self.port_label(node)
        annotation = node.annotation
        guest = self.element(annotation, f"{self._label}-{node.arg}") if annotation else None
        if guest is None or made is None:
            return None
        by_name = given is Given.BY_NAME
        return Parameter(node.arg, made, guest, Given.STREAM_BY_NAME if by_name else Given.STREAM)

    def _check_waits(self, stream: str) -> None:
        if isinstance(self._function, ast.AsyncFunctionDef):
            for node, hint in unawaited(self._function, stream):
                self.refuse(node, f"'{self._name}' does not wait for '{stream}' here", hint)

    # --- result

    def _maker(self, reads: bool) -> Maker | None:
        """How it is written; ``None`` if that cannot be."""
        is_async = isinstance(self._function, ast.AsyncFunctionDef)
        if self._yields:
            return self._maker_of_generator(is_async, reads)
        if self._returned in STREAMS and is_async:
            message = f"'{self._name}' is async and does not yield what it gives"
            self.refuse(self._function, message, "yield it, or write 'def' without 'async'")
            return None
        if self._returned in _ASYNC:
            return Maker.TRANSDUCER if reads else Maker.ASYNC_SOURCE
        if reads and not is_async:
            message = f"'{self._name}' cannot wait for its stream, as it is not async"
            self.refuse(self._function, message, f"write 'async def {self._name}' and 'async for'")
            return None
        return Maker.REDUCER if reads else Maker.SOURCE

    def _maker_of_generator(self, is_async: bool, reads: bool) -> Maker | None:
        fitting = _ASYNC if is_async else ITERATORS | ITERABLES
        if self._returned not in fitting:
            returned = self._function.returns
            said = f"give '{ast.unparse(returned)}'" if returned else "say what"
            hint = f"write '-> {'Async' if is_async else ''}Iterator[{held(returned)}]'"
            message = f"'{self._name}' yields, and does not {said}"
            self.refuse(returned or self._function, message, hint)
            return None
        if not is_async:
            return Maker.SOURCE
        return Maker.TRANSDUCER if reads else Maker.ASYNC_SOURCE

    def _result(self, maker: Maker) -> GuestType | None:
        if maker is Maker.REDUCER:
            return self.result()
        returns = self._function.returns
        return self.element(returns, self._label) if returns else None

    # --- the component

    def _made(
        self, maker: Maker, parameters: Sequence[Parameter], result: GuestType | None
    ) -> Streaming:
        candidate = self._candidate
        return Streaming(
            candidate.name,
            candidate.label,
            maker,
            tuple(parameters),
            _methods(maker, tuple(each for each in parameters if each.stream), result),
            docs_of(self._function),
            _codec(maker, result),
        )


def _methods(
    maker: Maker, streams: tuple[Parameter, ...], result: GuestType | None
) -> tuple[Method, ...]:
    given = result.type if result else None
    if maker is Maker.REDUCER:
        return (Method(PUSH, streams), Method(FINISH, result=given))
    assert given is not None  # noqa: S101  # only a reducer may give nothing
    if maker is Maker.TRANSDUCER:
        several = wit.List(given)
        return (Method(PUSH, streams, several), Method(FINISH, result=several))
    return (Method(NEXT, result=wit.Option(given)),)


def _codec(maker: Maker, result: GuestType | None) -> str:
    """A source says with `None` that it ends, so one whose packets may be that wraps them."""
    if result is None:
        return ""
    wrapped = maker in (Maker.SOURCE, Maker.ASYNC_SOURCE) and result.payload
    return f"wrapped({result.codec})" if wrapped else result.codec
