"""What a manifest may say of its ways in, and how that is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manifest.documents import problems_of, read
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.manifest.specs.triggers.schedule import ScheduleBlock
from wasmflow.manifest.triggers import Trigger, read_triggers
from wasmflow.problem import NOWHERE, Place, Problem

HTTP = """
version: 1
triggers:
  web:
    kind: http
    address: ${ADDRESS:-:8080}
    auth: { basic: { jane: $PASSWORD } }
    routes:
      GET /users/{id}: { component: user }
      GET /static: { files: $FOLDER }
"""


def document(block: str) -> str:
    """A manifest with a trigger ``it``, of which this is the block: line 4, from column 5 on."""
    return f"version: 1\ntriggers:\n  it:\n    {block}\n"


def triggers(text: str, **variables: str) -> tuple[dict[str, Trigger], list[str]]:
    problems: list[Problem] = []
    found = read_triggers(read(text), variables, problems)
    return found, [str(each).removeprefix("flow.yaml:") for each in problems]


def trigger(block: str, **variables: str) -> Trigger:
    found, problems = triggers(document(block), **variables)
    assert problems == []
    return found["it"]


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ("{kind: http}", "http"),
        ("{kind: schedule, component: c}", "schedule"),
        ("{kind: startup, component: c}", "startup"),
        ("{kind: cli, component: c}", "cli"),
    ],
)
def test_each_kind_is_told_by_its_name(block: str, kind: str) -> None:
    found = trigger(block)
    assert (found.name, found.kind, found.folder) == ("it", kind, Path())
    assert found.place == Place("flow.yaml", 3, 3)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (
            "{}",
            "4:5: the key 'kind' is missing. Hint: kinds are 'http', 'schedule', 'startup', 'cli'",
        ),
        ("{kind: htp}", "4:12: there is no kind 'htp'. Hint: did you mean 'http'?"),
        ("{kind: grpc}", "4:12: kind 'grpc' is not available. Hint: as yet a trigger is one of"),
        ("{kind: time}", "4:12: kind 'time' is not available. Hint: it is called schedule"),
        ("{kind: cli}", "4:5: a trigger of kind cli needs the key 'component'. Hint: write comp"),
        ("{kind: startup}", "4:5: a trigger of kind startup needs the key 'component'"),
        ("{kind: cli, component: c, args: []}", "4:31: a trigger of kind cli has no key 'args'."),
        ("{kind: cli, component: c, operation: c}", "4:31: a trigger of kind cli has no key 'op"),
        ("{kind: schedule, component: c, every: 0}", "4:43: 'every' must be at least 0.001"),
        ("{kind: schedule, component: c, every: 5s}", "4:43: 'every' must be a number, not the"),
        (
            "{kind: schedule, component: c, overlap: x}",
            "4:45: 'overlap' must be allow or cancel or",
        ),
        ("{kind: schedule, component: c, jitter: -1}", "4:44: 'jitter' must be at least 0"),
        ("{kind: schedule, component: c, payload: {}}", "4:36: a trigger of kind schedule has no"),
        ("{kind: schedule, component: 5}", "4:33: 'component' must be text, not the number 5"),
        ("{kind: startup, component: c, with: []}", "4:41: 'with' must be a mapping, not a list"),
        ("{kind: startup, component: c, required: yes}", "4:45: 'required' must be true or false"),
    ],
)
def test_what_has_the_wrong_shape_is_told(block: str, told: str) -> None:
    (found,) = problems_of(document(block))
    assert found.startswith(told)


def test_a_block_is_a_value_of_its_model() -> None:
    block = trigger('{kind: schedule, component: c, cron: "* * * * *", with: {a: [1]}}').block
    assert isinstance(block, ScheduleBlock)
    assert (block.cron, block.with_, block.zone, block.overlap) == (
        "* * * * *",
        {"a": [1]},
        "UTC",
        "skip",
    )


def test_variables_are_substituted_where_that_is_said() -> None:
    found, problems = triggers(HTTP, PASSWORD="secret", FOLDER="www")
    block = found["web"].block
    assert (problems, isinstance(block, HttpBlock)) == ([], True)
    assert isinstance(block, HttpBlock)
    assert block.address == ":8080"
    assert block.auth.basic == {"jane": "secret"}  # type: ignore[union-attr]
    assert trigger("{kind: schedule, component: $C, with: {a: $A}, zone: $Z}", Z="x").block == (
        ScheduleBlock(component="$C", with_={"a": "$A"}, zone="x")
    )


def test_variables_that_are_not_set_are_told_all_at_once() -> None:
    found, problems = triggers(HTTP)
    assert found == {}
    assert [each.partition(".")[0] for each in problems] == [
        "7:28: the variable 'PASSWORD' is not set",
        "10:29: the variable 'FOLDER' is not set",
    ]


def test_what_is_not_wanted_needs_no_variables() -> None:
    text = HTTP + "  tool: { kind: cli, component: c }\n"
    problems: list[Problem] = []
    found = read_triggers(read(text), {}, problems, ("cli",))
    assert (list(found), problems) == (["tool"], [])


def test_what_was_reported_is_left_out() -> None:
    from wasmflow.manifest.load import parse_manifest

    text = "version: 1\ntriggers:\n  a: {kind: cli}\n  b: {kind: cli, component: c}\n  c: 5\n"
    problems: list[Problem] = []
    found = read_triggers(parse_manifest(text.encode(), Path("x/flow.yaml"), {}), {}, problems)
    assert (list(found), problems) == (["b"], [])
    assert found["b"].folder == Path("x")


def test_the_place_of_a_key_is_that_of_what_stands_there() -> None:
    found, _ = triggers(HTTP, PASSWORD="x", FOLDER="www")
    web = found["web"]
    assert web.at("address") == Place("flow.yaml", 6, 14)
    assert web.at("auth", "basic", "jane") == Place("flow.yaml", 7, 28)
    assert web.at("routes", "GET /static", "files") == Place("flow.yaml", 10, 29)


def test_the_place_of_what_is_not_there_is_that_of_what_would_hold_it() -> None:
    found, _ = triggers(HTTP, PASSWORD="x", FOLDER="www")
    assert found["web"].at("auth", "bearer", "ci") == found["web"].at("auth")
    assert found["web"].at("nothing") == Place("flow.yaml", 4, 3)
    assert Trigger("flag", ScheduleBlock(component="c")).at("component") == NOWHERE


def test_a_place_inside_a_text_is_that_of_a_character() -> None:
    block = '{kind: schedule, component: c, cron: "* 99 * * *"}'
    assert trigger(block).at("cron", offset=2) == Place("flow.yaml", 4, 45)
    varied = trigger(block.replace("99", "$HOUR"), HOUR="99")
    assert varied.at("cron", offset=2) == Place("flow.yaml", 4, 42)


def test_items_of_lists_have_places() -> None:
    found = trigger("{kind: http, middleware: {request: [a, b]}}")
    assert found.at("middleware", "request", 1) == Place("flow.yaml", 4, 44)
    assert found.at("middleware", "request", 2) == found.at("middleware", "request")


def test_messages_quote_texts_with_variables_as_they_are_written() -> None:
    web = "{kind: http, routes: {/: {proxy: 'http://$SECRET'}, /x: {proxy: 'http://x'}}}"
    problem = Problem("'http://hunter2' is none", "not 'http://hunter2', but 'http://x'")
    assert trigger(web, SECRET="hunter2").unrevealed(problem) == Problem(
        "'http://$SECRET' is none", "not 'http://$SECRET', but 'http://x'"
    )
