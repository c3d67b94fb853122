from __future__ import annotations

import pytest

from tests.graph.components import flow

TRIM = "t: { id: streams::trim, retry: 2 }"


def warnings(lines: str, **blocks: str) -> list[str]:
    problems = flow(lines, **blocks).problems
    assert all(problem.warning for problem in problems), problems
    return [problem.message for problem in problems]


def test_what_works_on_a_stream_is_not_repeated() -> None:
    (problem,) = flow("<>.a -> t -> <>", instances=TRIM).problems
    assert problem.message == (
        "`retry` repeats calls on values, and 't' (streams::trim) works on a stream"
    )
    assert not problem.warning


def test_a_lifted_instance_may_be_repeated() -> None:
    lines = "<>.a -> streams::trim[t] -> u -> <>"
    assert warnings(lines, instances="u: { id: 'text::upper', retry: 2 }") == []


def test_batch_is_for_what_takes_streams() -> None:
    lines, batch = "<>.a -> x -> <>", "x: { id: 'COMPONENT', batch: 10 }"
    assert warnings(lines, instances=batch.replace("COMPONENT", "streams::trim")) == []
    for component in ("text::upper", "streams::numbers"):
        (message,) = warnings(lines, instances=batch.replace("COMPONENT", component))
        assert message == f"`batch` has no effect on 'x' ({component}): it takes no stream"


def test_a_value_that_comes_at_the_end_of_a_stream_keeps_its_packets_waiting() -> None:
    (message,) = warnings(
        "<>.n -> streams::sum[s] -> x.by\n<>.n -> streams::scale[x].number\nx -> <>"
    )
    assert message == (
        "'x' (streams::scale) waits for 's.output', which comes when a stream has ended whose packets "
        "pile up meanwhile on their way to 'x.number'"
    )


@pytest.mark.parametrize(
    "lines",
    [
        # lifted, through other instances on both sides
        "<>.t -> streams::trim[t]\nt -> text::length[n] -> streams::sum[s] -> text::find[f] -> b.age\n"
        "t -> text::upper[u] -> text::name-badge[b].first-name\nb -> <>",
        # a stream that is made of the value
        "<>.t -> streams::parts[p]\np.count -> streams::numbers[n].from\n"
        "n -> text::find[f].id\nf.first-name -> streams::pair[x].left\np.word -> x.right\nx -> <>",
        # its failure
        "<>.n -> streams::sum[s]\ns.<error>.message -> text::concat[j].left\n<>.n -> text::find[f]\n"
        "f.first-name -> j.right\nj -> <>",
        # a source inside the flow
        "1 -> streams::numbers[n].from\nn -> streams::sum[s] -> x.by\nn -> streams::scale[x].number\nx -> <>",
    ],
)
def test_the_diamond_is_found_whatever_lies_between(lines: str) -> None:
    (message,) = warnings(lines)
    assert "pile up meanwhile" in message


@pytest.mark.parametrize(
    "lines",
    [
        # side by side
        "<>.n -> streams::sum[s] -> <>.sum\n<>.n -> text::find[f] -> <>",
        # of another stream
        "<>.n -> streams::sum[s] -> x.by\n<>.m -> streams::scale[x].number\nx -> <>",
        # it waited before, and then no more
        "<>.n -> streams::sum[s]\ns -> streams::numbers[m].from\ns -> x.by\nm -> streams::scale[x].number\n"
        "x -> <>",
    ],
)
def test_what_does_not_wait_is_not_warned_of(lines: str) -> None:
    assert warnings(lines) == []


def test_a_stream_has_no_default() -> None:
    inputs = "{ a: { type: 'stream<string>', default: '\"x\"' } }"
    (problem,) = flow("<>.a -> streams::trim[t] -> <>", inputs=inputs).problems
    assert problem.message == "input 'a' of the flow is a stream, which has no default"
