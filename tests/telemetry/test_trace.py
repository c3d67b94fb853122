"""The headers of W3C trace context, in and out."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wasmflow.telemetry.trace import TraceContext, new_trace, parse_traceparent, parse_tracestate

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=count, max_size=count).filter(
        lambda text: int(text, 16) > 0
    )


keys = st.from_regex(r"[a-z0-9][a-z0-9_*/@-]{0,20}", fullmatch=True)
values = st.from_regex(r"[ -+\--<>-~]{0,20}[!-+\--<>-~]", fullmatch=True)
states = st.dictionaries(keys, values, max_size=6).map(
    lambda members: ",".join(f"{key}={value}".strip() for key, value in members.items())
)
contexts = st.builds(TraceContext, digits(32), digits(16), st.booleans(), states, st.booleans())


@given(contexts)
def test_a_context_goes_out_as_it_came_in(context: TraceContext) -> None:
    headers = dict(context.headers())
    assert parse_traceparent(headers["traceparent"], headers.get("tracestate", "")) == context


@given(contexts)
def test_a_child_is_another_span_of_the_same_trace(context: TraceContext) -> None:
    child = context.child()
    assert child.span != context.span
    assert child._replace(span=context.span) == context


def test_a_new_trace_is_one_that_can_be_parsed() -> None:
    context = new_trace()
    assert parse_traceparent(str(context)) == context
    assert context.random
    assert not context.sampled


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"00-{TRACE}-{SPAN}",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01",
    ],
)
def test_what_is_no_traceparent_names_no_span(text: str) -> None:
    assert parse_traceparent(text) is None


def test_versions_to_come_may_say_more() -> None:
    context = parse_traceparent(f" 42-{TRACE}-{SPAN}-ff-more ")
    assert context == TraceContext(TRACE, SPAN, sampled=True, random=True)


@given(st.text())
@example("a=1,a=2")
@example("a=1,," + "b=2" * 100_000)
def test_no_tracestate_fails_anything_and_what_is_kept_is_within_bounds(text: str) -> None:
    state = parse_tracestate(text)
    assert len(state) <= 512
    assert parse_tracestate(state) == state


@given(states)
def test_a_tracestate_is_kept_in_its_order(state: str) -> None:
    spaced = state.replace(",", " ,, \t")
    assert parse_tracestate(spaced) == state


@pytest.mark.parametrize("state", ["a=1,a=2", "A=1", "a", "a=", "a=b=c", "a=\x7f", "=1", "ä=1"])
def test_a_malformed_tracestate_is_dropped_as_a_whole(state: str) -> None:
    assert parse_tracestate(f"good=1,{state}") == ""


def test_too_many_members_are_malformed() -> None:
    members = [f"k{i}=1" for i in range(33)]
    assert parse_tracestate(",".join(members)) == ""
    assert parse_tracestate(",".join(members[1:])) == ",".join(members[1:])


def test_of_a_long_tracestate_large_members_go_first_and_then_the_oldest() -> None:
    large = "large=" + "x" * 200
    others = [f"k{i}=" + "y" * 40 for i in range(12)]
    kept = parse_tracestate(",".join([others[0], large, *others[1:]]))
    assert re.findall(r"[a-z0-9]+(?==)", kept) == [f"k{i}" for i in range(11)]
