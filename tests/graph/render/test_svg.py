"""The picture: whatever is in a flow, it can be read, wherever it is shown."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hypothesis import given, settings

from tests.graph.components import flow, graph
from tests.graph.render.drawn import EVERYTHING, HELLO, HOSTILE, NOTHING, any_graph
from wasmflow.graph.graph import Graph
from wasmflow.graph.render import render
from wasmflow.graph.render.figures import INDENT

SVG = "{http://www.w3.org/2000/svg}"
ROUTES = """
    <>.text -> text::classify[kind].text
    kind.prose -> text::upper[prose].text
    <>.text -> core::switch[way].input
    way.a -> text::upper[first].text
    way.default -> drop
"""


def drawn(graph: Graph) -> Element:
    return ElementTree.fromstring(render(graph, "svg"))  # noqa: S314 - our own


def paths(root: Element, kind: str) -> list[str]:
    return [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("class") == kind]


def texts(root: Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def extent(element: Element) -> tuple[float, float]:
    """Where a frame or a piece of text begins and ends."""
    start = float(element.get("x", ""))
    return start, start + float(element.get("width") or element.get("textLength") or 0)


def test_an_output_that_fills_its_box_begins_right_of_the_inputs() -> None:
    root = drawn(graph("<>.text -> text::upper[u]\nu -> <>"))
    (box,) = (each for each in root.iter(f"{SVG}g") if each.get("data-node"))
    starts = {each.text: extent(each)[0] for each in box.iter(f"{SVG}text")}
    assert starts["output:"] >= starts["text:"] + INDENT


def routes() -> Graph:
    return graph(ROUTES, instances='way: { id: "core::switch", with: { cases: { a: x } } }')


@settings(deadline=None, max_examples=30)
@given(any_graph())
def test_every_text_is_inside_its_box_and_apart_from_the_next(graph: Graph) -> None:
    for group in drawn(graph).iter(f"{SVG}g"):
        frames = [extent(each) for each in group.findall(f"{SVG}rect")]
        if not frames:
            continue
        rows: dict[str, list[tuple[float, float]]] = {}
        for text in group.iter(f"{SVG}text"):
            rows.setdefault(text.get("y", ""), []).append(extent(text))
        for pieces in rows.values():
            assert min(frames)[0] < pieces[0][0]
            assert pieces[-1][1] < max(end for _, end in frames)
            assert all(a[1] < b[0] for a, b in pairwise(pieces))


def test_no_text_depends_on_how_a_program_reckons_its_length() -> None:
    for each in (HELLO, EVERYTHING, HOSTILE):
        text = render(each, "svg")
        assert "tspan" not in text
        assert "text-anchor" not in text


def test_it_says_what_it_is_before_anything_else() -> None:
    title, description = list(drawn(HELLO))[:2]
    assert (title.tag, title.text) == (
        f"{SVG}title",
        "hello(first_name: string, last_name: string) -> string",
    )
    assert (description.tag, description.text) == (f"{SVG}desc", "Greets somebody by name.")


def test_its_styles_touch_nothing_else_on_a_page() -> None:
    style = drawn(HELLO).findtext(f"{SVG}style", "")
    rules = re.findall(
        r"([^{}]+)\{[^{}]*\}", style.replace("@media (prefers-color-scheme: dark) {", "")
    )
    selectors = [each.strip() for rule in rules for each in rule.split(",")]
    assert len(selectors) > 20
    assert all(each.startswith(".wasmflow ") for each in selectors)


def test_lines_have_tooltips_that_say_what_they_connect() -> None:
    titles = [each.text for each in drawn(EVERYTHING).iter(f"{SVG}title")]
    assert "<>.text -> title.text, split.text" in titles
    assert "title.<error>.message -> report.input" in titles
    assert "split.tail -> <>.tail" in titles


def test_failures_ways_and_defaults_look_different_and_are_explained() -> None:
    plain, special, ways = drawn(HELLO), drawn(EVERYTHING), drawn(routes())
    assert not paths(plain, "line failure") + paths(plain, "head default") + paths(plain, "case")
    assert len(paths(special, "line failure")) == 2  # one of them in the legend
    assert len(paths(special, "head default")) == 2
    assert texts(special)[-2:] == ["failures, as values", "with a default in place of a failure"]
    assert len(paths(ways, "case")) == 3
    assert texts(ways)[-1] == "in one case of several"
    assert "in one case of several" not in texts(special)


def test_what_is_cut_off_is_whole_in_a_tooltip() -> None:
    root = drawn(HOSTILE)
    shown = next(text for text in texts(root) if text.startswith('= "`'))
    assert shown.endswith("…")
    whole = [each.text or "" for each in root.iter(f"{SVG}title")]
    assert any(each.startswith(f"text {shown[:-1]}") for each in whole)


def test_branches_of_a_line_are_one_path() -> None:
    (branching,) = [each for each in paths(drawn(EVERYTHING), "line") if each.count("M") > 1]
    assert branching.count("M") == 2
    assert len({each.partition("L")[0] for each in branching.split("M")[1:]}) == 1


def test_a_long_head_is_broken_and_fits() -> None:
    inputs = "\n".join(f"<>.a-rather-long-name-{n} -> core::merge[m].i{n}" for n in range(9))
    built = flow(f"{inputs}\nm -> <>")
    root = drawn(built.graph("flow"))
    head = [each for each in root.findall(f"{SVG}text") if each.get("class") == "title"]
    assert len(head) > 1
    assert max(len(each.text or "") for each in head) * 7.5 < float(root.get("width", ""))


def test_a_flow_of_nothing_is_its_head() -> None:
    assert texts(drawn(NOTHING)) == ["nothing()"]
