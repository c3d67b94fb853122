from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.strategies import types
from wasmflow.component import Port, Signature
from wasmflow.triggers.http.openapi import ApiInfo, openapi
from wasmflow.triggers.http.operation import Answer, Operation, Part, Source
from wasmflow.types import model as wit

USER = wit.Record((wit.Part("name", wit.STRING), wit.Part("age", wit.Option(wit.U8))), "user")
OUTPUT = (Port("output", wit.STRING),)


def component(signature: Signature, **changes: Any) -> Operation:
    """As every component is served at once."""
    inputs = {port.name: Source(Part.FIELD, port.name) for port in signature.inputs}
    return Operation("POST", f"/components/{signature.name}", signature, inputs, **changes)


def signature(*inputs: Port, outputs: tuple[Port, ...] = OUTPUT) -> Signature:
    return Signature("greet", inputs, outputs, "Greets somebody. Politely.")


def described(operation: Operation) -> dict[str, Any]:
    document = openapi(ApiInfo("Test"), [operation])
    OpenAPIV31SpecValidator(document).validate()
    return dict(document["paths"][operation.path][operation.method.lower()])


def body(*inputs: Port) -> dict[str, Any]:
    return dict(described(component(signature(*inputs)))["requestBody"]["content"])


def members(*inputs: Port) -> Mapping[str, Any]:
    return dict(body(*inputs)["application/json"]["schema"])


def answer(*outputs: Port, **said: Any) -> dict[str, Any]:
    operation = component(signature(outputs=outputs), answer=Answer(**said))
    responses = described(operation)["responses"]
    return dict(responses[str(said.get("status", 200) or "2XX")])


@st.composite
def ports(draw: st.DrawFn) -> tuple[Port, ...]:
    names = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=3))
    steps = st.sampled_from([None, None, 0])
    return tuple(Port(name, draw(types()), draw(st.booleans()), draw(steps)) for name in names)


@given(ports(), ports(), st.sampled_from(Part), st.booleans())
@settings(max_examples=50)
def test_every_operation_makes_a_valid_document(
    inputs: tuple[Port, ...], outputs: tuple[Port, ...], part: Part, opened: bool
) -> None:
    taken = Signature("c", inputs, outputs[:1] if opened else outputs)
    sources = {p.name: Source(part, "" if part is Part.BODY else p.name) for p in inputs}
    path = "".join(["/r", *(f"/{{{p.name}}}" for p in inputs if part is Part.PATH)])
    route = Operation("GET", path, taken, sources, Answer(status=None), auth=("basic", "bearer"))
    document = openapi(ApiInfo("Test"), [component(taken), route])
    OpenAPIV31SpecValidator(document).validate()


def test_a_document_says_what_the_api_is() -> None:
    document = openapi(ApiInfo("Shop", "Sells.", "1.2"), [])
    assert document["info"] == {"title": "Shop", "description": "Sells.", "version": "1.2"}


def test_optional_inputs_may_be_missing_or_null_and_say_their_default() -> None:
    schema = members(Port("name", wit.STRING), Port("mark", wit.STRING, True, default="!"))
    assert schema["required"] == ["name"]
    assert schema["properties"]["mark"] == {"type": ["string", "null"], "default": "!"}
    assert schema["additionalProperties"] is False


def test_named_types_stand_among_the_schemas() -> None:
    document = openapi(ApiInfo("Test"), [component(signature(Port("user", USER)))])
    assert document["components"]["schemas"]["user"]["required"] == ["name"]
    assert members(Port("user", USER, description="Who."))["properties"]["user"] == {
        "$ref": "#/components/schemas/user",
        "description": "Who.",
    }


def test_an_example_gives_what_is_required_and_defaults_where_nothing_is() -> None:
    example = body(Port("name", wit.STRING), Port("mark", wit.U8, True))["application/json"]
    assert example["example"] == {"name": "text"}
    example = body(Port("mark", wit.U8, True, default=7))["application/json"]
    assert example["example"] == {"mark": 7}


def test_fields_of_forms_are_text_and_json_where_they_have_parts() -> None:
    form = body(Port("user", USER), Port("count", wit.S64), Port("file", wit.BYTES))
    media = form["multipart/form-data"]
    assert media["encoding"]["user"] == {"contentType": "application/json"}
    assert media["encoding"]["file"] == {"contentType": "application/octet-stream"}
    assert media["schema"]["properties"]["count"]["type"] == "integer"


@pytest.mark.parametrize("strict", [True, False])
def test_forms_may_have_more_fields_where_those_are_ignored(strict: bool) -> None:
    operation = replace(component(signature(Port("a", wit.U8))), strict=strict)
    content = described(operation)["requestBody"]["content"]
    form = content["application/x-www-form-urlencoded"]["schema"]
    assert form["additionalProperties"] is not strict
    assert content["application/json"]["schema"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("type_", "media"), [(wit.STRING, "text/plain"), (wit.BYTES, "application/octet-stream")]
)
def test_a_body_may_be_the_only_text_or_bytes(type_: wit.Type, media: str) -> None:
    assert media in body(Port("a", type_), Port("b", wit.U8, optional=True))
    assert media not in body(Port("a", type_), Port("b", wit.U8))
    assert media not in body(Port("a", type_, optional=True), Port("b", wit.U8, optional=True))


def test_streams_come_as_lines_or_one_by_one_and_go_as_lines_or_events() -> None:
    taken = signature(Port("a", wit.U8, step=0), outputs=(Port("output", wit.U8, step=0),))
    operation = described(component(taken))
    content = operation["requestBody"]["content"]
    assert content.keys() == {"application/x-ndjson", "application/json"}
    assert content["application/x-ndjson"]["x-item-schema"]["required"] == ["a"]
    sent = operation["responses"]["200"]["content"]
    assert list(sent) == ["application/x-ndjson", "text/event-stream"]
    assert sent["text/event-stream"]["x-item-schema"]["properties"].keys() == {"output"}


def test_a_line_may_tell_of_a_failure_instead() -> None:
    content = answer(Port("output", wit.U8, step=0))["content"]["application/x-ndjson"]
    _, failure = content["x-item-schema"]["anyOf"]
    assert failure["required"] == ["<error>"]


def test_a_stream_of_text_or_bytes_may_come_and_go_as_it_is() -> None:
    taken = signature(Port("a", wit.STRING, step=0), outputs=(Port("output", wit.BYTES, step=0),))
    operation = described(component(taken))
    assert "text/plain" in operation["requestBody"]["content"]
    sent = operation["responses"]["200"]["content"]
    assert list(sent) == ["application/x-ndjson", "text/event-stream", "application/octet-stream"]


def test_a_stream_that_is_the_body_goes_as_it_is_before_anything_else() -> None:
    text, events = Port("page", wit.STRING, step=0), Port("events", wit.U8, step=0)
    assert next(iter(answer(text, body="page")["content"])) == "text/plain"
    assert list(answer(text, body="page", type="text/css")["content"]) == ["text/css"]
    said = answer(events, body="events", type="text/event-stream")["content"]
    assert list(said) == ["text/event-stream"]


def test_values_beside_streams_come_in_the_query() -> None:
    operation = described(component(signature(Port("a", wit.U8, step=0), Port("b", wit.BOOL))))
    lines = operation["requestBody"]["content"]["application/x-ndjson"]
    assert lines["x-item-schema"]["properties"].keys() == {"a"}
    assert [(each["name"], each["in"]) for each in operation["parameters"]] == [("b", "query")]


def test_a_parameter_for_the_rest_of_a_path_is_called_by_its_name() -> None:
    route = Operation(
        "GET",
        "/f/{rest*}",
        signature(Port("rest", wit.STRING)),
        {"rest": Source(Part.PATH, "rest")},
    )
    document = openapi(ApiInfo("Test"), [route])
    OpenAPIV31SpecValidator(document).validate()
    assert list(document["paths"]) == ["/f/{rest}"]


def test_parameters_stand_where_the_route_reads_them() -> None:
    taken = signature(
        Port("id", wit.U32), Port("user", USER), Port("token", wit.STRING, True, default="none")
    )
    sources = {
        "id": Source(Part.PATH, "id"),
        "user": Source(Part.QUERY, "u"),
        "token": Source(Part.COOKIE, "session"),
    }
    path, query, cookie = described(Operation("GET", "/{id}", taken, sources))["parameters"]
    assert (path["in"], path["required"], path["schema"]["maximum"]) == ("path", True, 2**32 - 1)
    assert query["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/user"}
    assert (cookie["name"], cookie["required"], cookie["schema"]["default"]) == (
        "session",
        False,
        "none",
    )


def test_a_body_as_a_whole_is_of_the_type_of_its_port() -> None:
    taken = signature(Port("user", USER))
    route = Operation("PUT", "/user", taken, {"user": Source(Part.BODY)})
    content = described(route)["requestBody"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/user"}


def test_an_answer_is_the_object_of_outputs_of_which_none_must_be_there() -> None:
    schema = answer(Port("output", wit.STRING))["content"]["application/json"]["schema"]
    assert schema["properties"] == {"output": {"type": "string"}}
    assert "required" not in schema


def test_a_record_that_is_opened_is_answered_as_its_fields() -> None:
    schema = answer(Port("output", USER))["content"]["application/json"]["schema"]
    assert schema["properties"].keys() == {"name", "age"}


def test_an_answer_may_be_one_port_with_a_type_and_a_status_of_its_own() -> None:
    response = answer(Port("page", wit.STRING), body="page", type="text/html", status=201)
    assert list(response["content"]) == ["text/html"]


def test_what_is_status_or_header_is_not_in_the_body() -> None:
    outputs = Port("code", wit.U16), Port("user", USER)
    response = answer(*outputs, status=None, aside=frozenset({"code"}))
    assert response["content"]["application/json"]["schema"]["properties"].keys() == {"user"}


def test_an_answer_without_content_has_none() -> None:
    assert "content" not in answer(Port("output", wit.STRING), status=204)


def test_every_problem_is_described_and_401_where_somebody_is_asked_who_they_are() -> None:
    open_, closed = (described(component(signature(), auth=auth)) for auth in ((), ("bearer",)))
    problems = ["400", "404", "405", "408", "413", "415", "422", "429", "500", "503", "504"]
    assert list(open_["responses"]) == ["200", *problems]
    assert "401" in closed["responses"]
    assert closed["security"] == [{"bearer": []}]


def test_the_status_of_an_exception_is_one_of_the_problems() -> None:
    route = component(signature(), answer=Answer(exceptions={"gone": 410}))
    document = openapi(ApiInfo("Test"), [route])
    responses = document["paths"][route.path]["post"]["responses"]
    assert responses["410"] == {"$ref": "#/components/responses/problem-410"}
    assert "Gone" in document["components"]["responses"]["problem-410"]["description"]


def test_operations_of_one_path_and_of_like_paths_have_names_of_their_own() -> None:
    routes = [Operation("GET", path, signature(), {}) for path in ("/a-b", "/a/b", "/a_b")]
    document = openapi(ApiInfo("Test"), [*routes, Operation("PUT", "/a-b", signature(), {})])
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert names == ["get-a-b", "put-a-b", "get-a-b-2", "get-a-b-3"]


def test_ports_are_told_as_people_read_them() -> None:
    operation = described(component(signature(Port("user", USER, True, description="Who."))))
    assert operation["x-inputs"] == [
        {
            "name": "user",
            "type": "user",
            "stream": False,
            "spelled": "record {name: string, age: option<u8>}",
            "description": "Who.",
            "optional": True,
            "in": "field",
            "as": "user",
        }
    ]
    assert operation["summary"] == "Greets somebody."
