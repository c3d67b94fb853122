"""Where boxes go: in layers from left to right, each after all that feeds it.

The classic way (Sugiyama and others): the longest path gives the layers, sweeps that sort each layer
by its neighbours remove crossings, and positions are as near to those of the neighbours as the order
allows. A long line gets a place of its own in every layer that it passes, so that none is drawn
across a box. Units are those of the caller: rows of text, or pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import accumulate, groupby, pairwise
from random import Random

from wasmflow.graph.order import in_order

#: How often each layer is sorted, and how often moved. More makes no visible difference.
SWEEPS = 8
MOVES = 8
#: From how many beginnings a drawing is sorted that has no more than so many boxes and lines.
ATTEMPTS = 12
SMALL = 80


class Where(Enum):
    """In which layer a box may be."""

    FIRST = auto()
    BETWEEN = auto()
    LAST = auto()


@dataclass(frozen=True, slots=True)
class Shape:
    """A box to place: its height, and the space that it wants above and below."""

    height: int
    margin: int
    where: Where


@dataclass(frozen=True, slots=True)
class Link:
    """From a height at the right of one box to a height at the left of another.

    Links that leave a box at the same height are one line that branches.
    """

    source: int
    leaves: int
    target: int
    arrives: int


@dataclass(frozen=True, slots=True)
class Hop:
    """A line through the gap before a layer, branching to all that it meets in that layer."""

    layer: int
    start: int
    #: Where it ends, and the link that it completes there; ``None`` where it goes on.
    ends: tuple[tuple[int, int | None], ...]
    #: Any of the links that it is part of.
    link: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The layer and the top of each box, by its index; and the lines between layers."""

    layers: tuple[int, ...]
    tops: tuple[int, ...]
    hops: tuple[Hop, ...]
    #: The lines that pass a layer: layer, height and one of their links.
    passes: tuple[tuple[int, int, int], ...]
    height: int

    @property
    def width(self) -> int:
        """The number of layers."""
        return max(self.layers, default=-1) + 1


@dataclass
class _Item:
    """Something in a layer: a box, or a line on its way through."""

    layer: int
    height: int
    margin: int
    #: The items that lead here and on from here, with heights: there and here.
    left: list[tuple[_Item, int, int]]
    right: list[tuple[_Item, int, int]]
    position: int = 0
    top: int = 0
    #: Lines are kept straight before boxes are.
    weight: int = 1

    @property
    def middle(self) -> int:
        """The height at which a line passes."""
        return self.top + self.height // 2


@dataclass
class _Line:
    """All links that leave one box at one height, with the item of each layer that they pass."""

    links: list[int]
    through: dict[int, _Item]


def arrange(shapes: Sequence[Shape], links: Sequence[Link], gap: int = 0) -> Layout:
    """Place boxes and lines. `gap` is the height that a line takes up in a layer that it passes."""
    layers = _layers(shapes, links)
    boxes = [
        _Item(layer, shape.height, shape.margin, [], [])
        for layer, shape in zip(layers, shapes, strict=True)
    ]
    lines = _lines(boxes, links, gap)
    passing = [item for line in lines for item in line.through.values()]
    columns = _columns([*boxes, *passing])
    _sort(columns)
    _move(columns)
    height = _close_up([*boxes, *passing])
    hops = [hop for line in lines for hop in _hops(line, boxes, links)]
    passes = [
        (item.layer, item.middle, line.links[0]) for line in lines for item in line.through.values()
    ]
    return Layout(
        tuple(layers), tuple(box.top for box in boxes), tuple(hops), tuple(passes), height
    )


# --- layers -----------------------------------------------------------------------------------


def _layers(shapes: Sequence[Shape], links: Sequence[Link]) -> list[int]:
    """As far left as what feeds it allows; what nothing feeds, as near as possible to its reader."""
    before: list[set[int]] = [set() for _ in shapes]
    after: list[set[int]] = [set() for _ in shapes]
    for link in links:
        before[link.target].add(link.source)
        after[link.source].add(link.target)
    lowest = 1 if any(shape.where is Where.FIRST for shape in shapes) else 0
    layers = [0 if shape.where is Where.FIRST else lowest for shape in shapes]
    for box in in_order(before):
        if shapes[box].where is not Where.FIRST:
            layers[box] = max([lowest, *(layers[each] + 1 for each in before[box])])
    last = max((layers[i] for i, s in enumerate(shapes) if s.where is Where.BETWEEN), default=0)
    for box, shape in enumerate(shapes):
        if shape.where is Where.LAST:
            layers[box] = last + 1
        elif shape.where is Where.BETWEEN and not before[box] and after[box]:
            layers[box] = max(lowest, min(layers[each] for each in after[box]) - 1)
    return layers


def _lines(boxes: Sequence[_Item], links: Sequence[Link], gap: int) -> list[_Line]:
    lines: dict[tuple[int, int], _Line] = {}
    height = gap + 1
    middle = height // 2
    for number, link in enumerate(links):
        line = lines.setdefault((link.source, link.leaves), _Line([], {}))
        line.links.append(number)
    for (source, leaves), line in lines.items():
        targets = [boxes[links[number].target] for number in line.links]
        here, start = boxes[source], leaves
        for layer in range(here.layer + 1, max(target.layer for target in targets)):
            item = line.through[layer] = _Item(layer, height, 0, [], [], weight=4)
            _join(here, start, item, middle)
            here, start = item, middle
        for number, target in zip(line.links, targets, strict=True):
            previous = line.through.get(target.layer - 1)
            arrives = links[number].arrives
            if previous is None:
                _join(boxes[source], leaves, target, arrives)
            else:
                _join(previous, middle, target, arrives)
    return list(lines.values())


def _join(left: _Item, leaves: int, right: _Item, arrives: int) -> None:
    left.right.append((right, arrives, leaves))
    right.left.append((left, leaves, arrives))


def _columns(items: Iterable[_Item]) -> list[list[_Item]]:
    """The items of each layer, numbered."""
    by_layer = sorted(items, key=lambda item: item.layer)
    columns = [list(column) for _, column in groupby(by_layer, key=lambda item: item.layer)]
    for column in columns:
        _number(column)
    return columns


def _number(column: Iterable[_Item]) -> None:
    for position, item in enumerate(column):
        item.position = position


# --- order ------------------------------------------------------------------------------------


def _sort(columns: list[list[_Item]]) -> None:
    """Give every layer the order with the fewest crossings that is found.

    Sorting each layer by its neighbours, back and forth, leads to an order that it cannot better; from
    other beginnings it leads to others. Small drawings can afford a few.
    """
    chance = Random(0)  # noqa: S311 - always the same, so that a drawing is
    best, fewest = [list(column) for column in columns], _crossings(columns)
    attempts = ATTEMPTS if sum(map(len, columns)) <= SMALL else 1
    for attempt in range(attempts):
        if attempt:
            for column in columns:
                chance.shuffle(column)
                _number(column)
        for sweep in range(SWEEPS):
            _sweep(columns, forward=sweep % 2 == 0)
            crossings = _crossings(columns)
            if crossings < fewest:
                best, fewest = [list(column) for column in columns], crossings
    for column, kept in zip(columns, best, strict=True):
        column[:] = kept
        _number(column)


def _sweep(columns: list[list[_Item]], *, forward: bool) -> None:
    for column in columns if forward else columns[::-1]:
        column.sort(key=lambda item: _middle(item, item.left if forward else item.right))
        _number(column)
        _switch(column)


def _switch(column: list[_Item]) -> None:
    """Exchange neighbours whose lines cross less the other way round."""
    for upper in range(len(column) - 1):
        a, b = column[upper], column[upper + 1]
        if _crossed(a, b) > _crossed(b, a):
            column[upper], column[upper + 1] = b, a
            a.position, b.position = b.position, a.position


def _crossed(upper: _Item, lower: _Item) -> int:
    """How many lines of two items cross if one is above the other."""
    total = 0
    for ups, lows in ((upper.left, lower.left), (upper.right, lower.right)):
        places = [_place(other, there) for other, there, _ in lows]
        total += sum(place < _place(other, there) for other, there, _ in ups for place in places)
    return total


def _middle(item: _Item, neighbours: Sequence[tuple[_Item, int, int]]) -> float:
    """Where among its neighbours an item would best be; where it is, if it has none."""
    places = [_place(other, there) for other, there, _ in neighbours]
    return sum(places) / len(places) if places else item.position + 0.5


def _place(item: _Item, height: int) -> float:
    return item.position + (height + 0.5) / (item.height + 1)


def _crossings(columns: Sequence[Sequence[_Item]]) -> int:
    total = 0
    for column in columns:
        ends = sorted(
            (_place(item, here), _place(other, there))
            for item in column
            for other, there, here in item.right
        )
        total += _inversions([right for _, right in ends])
    return total


def _inversions(values: list[float]) -> int:
    """How many pairs are out of order, counted while merging."""
    if len(values) < 2:
        return 0
    half = len(values) // 2
    left, right = values[:half], values[half:]
    total = _inversions(left) + _inversions(right)
    left.sort()
    right.sort()
    passed = 0
    for value in right:
        while passed < len(left) and left[passed] <= value:
            passed += 1
        total += len(left) - passed
    return total


# --- positions --------------------------------------------------------------------------------


def _move(columns: Sequence[Sequence[_Item]]) -> None:
    """Move every layer to where its lines are straight, as far as its order and margins allow."""
    for column in columns:
        _settle(column, [[0] for _ in column])
    for move in range(MOVES):
        forward = move % 2 == 0
        for column in columns if forward else columns[::-1]:
            wishes = [_wishes(item, item.left if forward else item.right) for item in column]
            _settle(column, wishes)
    for column in columns[1:-1]:
        _settle(column, [_wishes(item, [*item.left, *item.right]) for item in column])


def _wishes(item: _Item, neighbours: Sequence[tuple[_Item, int, int]]) -> list[int]:
    tops = [other.top + there - here for other, there, here in neighbours]
    return tops * item.weight or [item.top]


def _settle(column: Sequence[_Item], wishes: Sequence[Sequence[int]]) -> None:
    """Give each item a top as near as possible to its wishes, all in their order and apart.

    This is isotonic regression by medians: neighbours whose wishes conflict move as one block.
    """
    steps = [a.height + max(a.margin, b.margin) for a, b in pairwise(column)]
    offsets = list(accumulate(steps, initial=0))
    blocks: list[tuple[list[int], int]] = []
    for wish, offset in zip(wishes, offsets, strict=False):
        block, size = sorted(top - offset for top in wish), 1
        while blocks and _median(blocks[-1][0]) >= _median(block):
            earlier, count = blocks.pop()
            block, size = sorted([*earlier, *block]), size + count
        blocks.append((block, size))
    tops = [_median(block) for block, size in blocks for _ in range(size)]
    for item, top, offset in zip(column, tops, offsets, strict=False):
        item.top = top + offset


def _median(values: Sequence[int]) -> int:
    return values[(len(values) - 1) // 2]


def _close_up(items: Sequence[_Item]) -> int:
    """Take out heights at which nothing stands, but for a margin; return the height of the rest."""
    ordered = sorted(items, key=lambda item: item.top)
    space = max((item.margin for item in items), default=0)
    end, removed = 0, ordered[0].top if ordered else 0
    for item in ordered:
        removed += max(item.top - removed - end - space, 0)
        item.top -= removed
        end = max(end, item.top + item.height)
    return end


# --- lines ------------------------------------------------------------------------------------


def _hops(line: _Line, boxes: Sequence[_Item], links: Sequence[Link]) -> list[Hop]:
    first = links[line.links[0]]
    start = boxes[first.source].top + first.leaves
    ends: dict[int, list[tuple[int, int | None]]] = {}
    for number in line.links:
        target = boxes[links[number].target]
        ends.setdefault(target.layer, []).append((target.top + links[number].arrives, number))
    hops = []
    for layer in range(boxes[first.source].layer + 1, max(ends) + 1):
        through = line.through.get(layer)
        if through is not None:
            ends.setdefault(layer, []).append((through.middle, None))
        hops.append(
            Hop(layer, start, tuple(sorted(ends[layer], key=lambda end: end[0])), line.links[0])
        )
        if through is not None:
            start = through.middle
    return hops
