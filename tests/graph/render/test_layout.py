from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from wasmflow.graph.render.layout import Link, Shape, Where, arrange

BOX = Shape(4, 1, Where.BETWEEN)


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[Shape], list[Link]]:
    size = draw(st.integers(1, 10))
    shapes = [
        Shape(draw(st.integers(1, 6)), draw(st.integers(0, 2)), draw(st.sampled_from(Where)))
        for _ in range(size)
    ]
    links = []
    for target in range(1, size):
        for source in draw(st.sets(st.integers(0, target - 1), max_size=3)):
            ends = (
                shapes[source].where is not Where.LAST and shapes[target].where is not Where.FIRST
            )
            if ends and (shapes[source].where, shapes[target].where) != (Where.LAST, Where.LAST):
                leaves = draw(st.integers(0, shapes[source].height - 1))
                links.append(
                    Link(source, leaves, target, draw(st.integers(0, shapes[target].height - 1)))
                )
    return shapes, links


@settings(deadline=None)
@given(drawings())
def test_boxes_of_a_layer_are_apart_and_links_lead_right(
    drawing: tuple[list[Shape], list[Link]],
) -> None:
    shapes, links = drawing
    layout = arrange(shapes, links)
    for link in links:
        assert layout.layers[link.source] < layout.layers[link.target]
    for a, b in combinations(range(len(shapes)), 2):
        if layout.layers[a] == layout.layers[b]:
            upper, lower = sorted((a, b), key=lambda box: layout.tops[box])
            space = max(shapes[a].margin, shapes[b].margin)
            assert layout.tops[upper] + shapes[upper].height + space <= layout.tops[lower]
    bottoms = [top + shape.height for top, shape in zip(layout.tops, shapes, strict=True)]
    assert min(layout.tops) >= 0
    assert max(bottoms) <= layout.height


@settings(deadline=None)
@given(drawings())
def test_every_link_is_drawn_from_its_start_to_its_end(
    drawing: tuple[list[Shape], list[Link]],
) -> None:
    shapes, links = drawing
    layout = arrange(shapes, links)
    reached = {link: (hop.layer, row) for hop in layout.hops for row, link in hop.ends}
    for number, link in enumerate(links):
        arrives = layout.tops[link.target] + link.arrives
        assert reached[number] == (layout.layers[link.target], arrives)
    for layer, row, _ in layout.passes:
        for box, top in enumerate(layout.tops):
            if layout.layers[box] == layer:
                assert not top <= row < top + shapes[box].height


def test_a_chain_is_straight() -> None:
    layout = arrange([BOX] * 3, [Link(0, 2, 1, 1), Link(1, 1, 2, 3)])
    assert layout.layers == (0, 1, 2)
    assert layout.tops == (1, 2, 0)


def test_lines_that_could_cross_do_not() -> None:
    layout = arrange([BOX] * 4, [Link(0, 0, 3, 0), Link(1, 0, 2, 0)])
    assert (layout.tops[0] < layout.tops[1]) == (layout.tops[3] < layout.tops[2])


def test_what_nothing_feeds_is_next_to_its_reader() -> None:
    layout = arrange([BOX] * 4, [Link(0, 0, 1, 0), Link(1, 0, 2, 0), Link(3, 0, 2, 1)])
    assert layout.layers == (0, 1, 2, 1)


def test_nothing_takes_no_room() -> None:
    layout = arrange([], [])
    assert (layout.width, layout.height) == (0, 0)
