"""The description of one operation, as the paths of an OpenAPI document hold it.

`openapi` puts it there. What only the page to try an API wants to know stands under keys that begin
with ``x-``: the ports as people read them, and the schema of each line of a stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from wasmflow.codec.schema import Form, Schema, Schemas, closed_object, nullable
from wasmflow.component import Port, Signature
from wasmflow.packet import EMPTY
from wasmflow.triggers.http.operation import Answer, Operation, Part, Source
from wasmflow.types import model as wit
from wasmflow.types.json import encoder
from wasmflow.types.samples import sample
from wasmflow.types.text import is_plain
from wasmflow.types.wit import format_type, spell_out

Object: TypeAlias = dict[str, Any]

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
BYTES: Final = "application/octet-stream"
TEXT: Final = "text/plain"
LINES: Final = "application/x-ndjson"
EVENTS: Final = "text/event-stream"


def describe(operation: Operation, schemas: Schemas, problems: Iterable[int]) -> Object:
    """One that may end with problems of these statuses. Definitions go to the schemas."""
    return _Description(operation, schemas).write(problems)


def said(description: str) -> Object:
    """The key for a description, where there is one."""
    return {"description": description} if description else {}


def problem_name(status: int) -> str:
    """What the response for a status is called among those that operations share."""
    return f"problem-{status}"


class _Description:
    """Writes one operation. Definitions go to the schemas of the document."""

    def __init__(self, operation: Operation, schemas: Schemas) -> None:
        self._operation = operation
        self._schemas = schemas
        self._inputs = _inputs(operation)
        self._fields = [each for each in self._inputs if each[1].part is Part.FIELD]
        self._body = next((port for port, source in self._inputs if source.part is Part.BODY), None)

    def write(self, problems: Iterable[int]) -> Object:
        operation, signature = self._operation, self._operation.signature
        description = operation.description or signature.description
        refer = "#/components/responses/"
        body = self._request()
        return {
            "summary": _first_sentence(description) or signature.name,
            **said(description),
            **({"tags": [operation.tag]} if operation.tag else {}),
            "parameters": [
                self._parameter(*each) for each in self._inputs if each[1].part in _PARAMETERS
            ],
            **({"requestBody": body} if body else {}),
            "responses": {
                **self._response(operation.answer),
                **{str(each): {"$ref": refer + problem_name(each)} for each in sorted(problems)},
            },
            **({"security": [{scheme: []} for scheme in operation.auth]} if operation.auth else {}),
            "x-component": signature.name,
            "x-inputs": [_input_facts(*each) for each in self._inputs],
            "x-outputs": [_port_facts(port) for port in shown_outputs(signature)],
        }

    # --- what is asked

    def _parameter(self, port: Port, source: Source) -> Object:
        schema = {**self._text_schema(port), **_default_in_text(port)}
        json = not _is_text(port.type)
        return {
            "name": source.name,
            "in": source.part.value,
            "required": source.part is Part.PATH or not port.optional,
            **said(port.description),
            **({"content": {JSON: {"schema": schema}}} if json else {"schema": schema}),
        }

    def _request(self) -> Object:
        if self._body is not None:
            content, required = self._whole(self._body), not self._body.optional
        elif self._fields:
            content, required = self._members(), any(not port.optional for port, _ in self._fields)
        else:
            return {}
        return {"content": content, "required": required}

    def _whole(self, port: Port) -> Object:
        """A body that is the value of an input. For a stream, JSON is a stream of one."""
        json = {JSON: {"schema": self._read(port), "example": _example(port)}}
        if port.stream:
            return {LINES: self._lines(self._read(port), _example(port)), **json, **_as_it_is(port)}
        return _as_it_is(port) or json

    def _members(self) -> Object:
        """A body that is an object of ports; lines of such objects where streams are among them."""
        fields = {source.name: port for port, source in self._fields}
        schemas = {
            name: {**self._read(port), **said(port.description), **_default(port)}
            for name, port in fields.items()
        }
        schema = closed_object(schemas, _required(fields))
        wanted = [each for each in self._fields if not each[0].optional] or self._fields
        example = {source.name: _example(port) for port, source in wanted}
        content = {JSON: {"schema": schema, "example": example}}
        raw = _as_it_is(_only([*fields.values()]))
        if any(port.stream for port in fields.values()):
            return {LINES: self._lines(schema, example), **content, **raw}
        forms = dict.fromkeys((FORM, MULTIPART), self._form(fields))
        return {**content, **forms, **raw}

    def _form(self, fields: Mapping[str, Port]) -> Object:
        schemas = {
            name: {**self._text_schema(port), **said(port.description), **_default_in_text(port)}
            for name, port in fields.items()
        }
        types = {name: _encoded_as(port.type) for name, port in fields.items()}
        schema = closed_object(schemas, _required(fields))
        return {
            "schema": {**schema, "additionalProperties": not self._operation.strict},
            "encoding": {name: {"contentType": type_} for name, type_ in types.items()},
        }

    def _read(self, port: Port) -> Schema:
        """What stands for a port in a JSON object: null leaves an optional one out."""
        schema = self._schemas.of(port.type, Form.READ)
        return nullable(schema) if port.optional else schema

    def _text_schema(self, port: Port) -> Schema:
        """What stands for a port in text: what is plain stands as it is, integers as their digits."""
        match _payload(port.type):
            case wit.BYTES:
                return {"type": "string"}
            case wit.S64 | wit.U64 as type_:
                low, high = wit.INTEGERS[type_]
                return {"type": "integer", "minimum": low, "maximum": high}
            case type_ if _is_text(port.type):
                return self._schemas.of(type_, Form.READ)
        return self._schemas.of(port.type, Form.READ)

    # --- what is answered

    def _response(self, answer: Answer) -> Object:
        status = "2XX" if answer.status is None else str(answer.status)
        content = self._content(answer)
        response: Object = {"description": "What the component sends."}
        return {status: {**response, "content": content} if content else response}

    def _content(self, answer: Answer) -> Object:
        signature = self._operation.signature
        if answer.status in (204, 205, 304):
            return {}
        body = next((port for port in shown_outputs(signature) if port.name == answer.body), None)
        if body is not None:
            return self._body_content(body, answer.type)
        sent = [port for port in signature.outputs if port.name not in answer.aside]
        item = self._sent(sent)
        if any(port.stream for port in sent):
            return self._streams(item, answer.type) | _as_it_is(sent[0] if len(sent) == 1 else None)
        return {answer.type or JSON: {"schema": item}}

    def _body_content(self, port: Port, type_: str) -> Object:
        raw = _as_it_is(port)
        if raw and type_:
            return {type_: next(iter(raw.values()))}
        schema = self._schemas.of(port.type, Form.WRITTEN)
        if port.stream:
            return raw | self._streams(schema, type_)
        json = JSON if port.type not in (None, wit.ANY) else "*/*"
        return raw or {type_ or json: {"schema": schema}}

    def _streams(self, item: Schema, type_: str) -> Object:
        """Lines or events of items, of which a line may tell of a failure instead."""
        failure = {"$ref": "#/components/schemas/problem"}
        line = {"anyOf": [item, closed_object({"<error>": failure}, ["<error>"])]}
        kinds = {LINES: self._lines(line), EVENTS: self._lines(item)}
        return {type_: kinds.get(type_, kinds[LINES])} if type_ else kinds

    def _sent(self, ports: Sequence[Port]) -> Schema:
        """The object of outputs, in which those that sent nothing are absent."""
        if self._operation.signature.opened and len(ports) == 1:
            ports = self._operation.signature.parts
        return closed_object({port.name: self._written(port) for port in ports}, [])

    def _written(self, port: Port) -> Schema:
        schema = self._schemas.of(port.type, Form.WRITTEN)
        return {**schema, **said(port.description)}

    def _lines(self, item: Schema, example: Any = EMPTY) -> Object:
        """Text of which each line, or event, is JSON by itself."""
        shown = {} if example is EMPTY else {"x-item-example": example}
        return {"schema": {"type": "string"}, "x-item-schema": item, **shown}


def _inputs(operation: Operation) -> list[tuple[Port, Source]]:
    """Inputs with where they stand. Lines hold packets only: values beside them come in the query."""
    ports = {port.name: port for port in operation.signature.inputs}
    given = [(ports[name], source) for name, source in operation.inputs.items()]
    if not any(port.stream for port, _ in given):
        return given
    return [
        (port, source._replace(part=Part.QUERY))
        if source.part is Part.FIELD and not port.stream
        else (port, source)
        for port, source in given
    ]


def _as_it_is(port: Port | None) -> Object:
    """The content of a body that is the text or bytes of a port, if it is of one of these types."""
    if port is not None and port.type == wit.BYTES:
        return {BYTES: {"schema": {}}}
    if port is not None and port.type == wit.STRING:
        return {TEXT: {"schema": {"type": "string"}}}
    return {}


def _only(ports: Sequence[Port]) -> Port | None:
    """The only open input, which a body that is not an object can be the value of."""
    found = [port for port in ports if not port.optional] or ports
    return found[0] if len(found) == 1 else None


_PARAMETERS: Final = frozenset({Part.PATH, Part.QUERY, Part.HEADER, Part.COOKIE})


def shown_outputs(signature: Signature) -> tuple[Port, ...]:
    """The outputs as people see them: the fields of a record that is opened."""
    return signature.parts if signature.opened else signature.outputs


def _payload(type_: wit.Type | None) -> wit.Type | None:
    """What stands in a text for an option: what it holds, if that stands there by itself."""
    inside = type_.payload if isinstance(type_, wit.Option) else type_
    return inside if _is_text(inside) else type_


def _is_text(type_: wit.Type | None) -> bool:
    """Whether a value needs no JSON around it to stand in a path, query, header or form."""
    if isinstance(type_, wit.Option):
        return not isinstance(type_.payload, wit.Option) and _is_text(type_.payload)
    return isinstance(type_, wit.Scalar) or (type_ is not None and is_plain(type_))


def _encoded_as(type_: wit.Type | None) -> str:
    if type_ == wit.BYTES:
        return BYTES
    return TEXT if _is_text(type_) else JSON


def _required(fields: Mapping[str, Port]) -> list[str]:
    return [name for name, port in fields.items() if not port.optional]


def _default(port: Port) -> Object:
    return {} if port.default is EMPTY else {"default": port.default}


def _default_in_text(port: Port) -> Object:
    """Bytes stand in a text as they are, and a default of theirs is in base64."""
    return {} if port.type == wit.BYTES else _default(port)


def _example(port: Port) -> wit.Json:
    type_ = port.type or wit.ANY
    return encoder(type_)(sample(type_)) if port.default is EMPTY else port.default


def _input_facts(port: Port, source: Source) -> Object:
    where = {"in": source.part.value, **({"as": source.name} if source.name else {})}
    return {**_port_facts(port), "optional": port.optional, **where}


def _port_facts(port: Port) -> Object:
    """A port with its type as people read it, and what that is where it is a name."""
    type_ = port.type or wit.ANY
    facts: Object = {"name": port.name, "type": format_type(type_), "stream": port.stream}
    if facts["type"] != (spelled := spell_out(type_)):
        facts["spelled"] = spelled
    return {**facts, **said(port.description), **_default(port)}


def _first_sentence(text: str) -> str:
    """What stands before the first full stop, on one line."""
    line = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[.!?])\s", line, maxsplit=1)[0][:120]
