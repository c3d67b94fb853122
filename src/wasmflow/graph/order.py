"""Orders: what comes before what, and the loops that make an order impossible.

Things are numbered from 0, and `before[i]` holds the numbers that must come before thing `i`.
Everything here is iterative, since manifests may be thousands of instances deep.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterator, Sequence

Before = Sequence[Collection[int]]


def in_order(before: Before) -> list[int]:
    """All things, each after those before it; where that leaves a choice, the smaller number first.

    Whatever is in a loop, or after one, comes at the end in order of number.
    """
    waiting = [len(set(each)) for each in before]
    after = followers(before)
    ready = [i for i, count in enumerate(waiting) if count == 0]
    order: list[int] = []
    while ready:
        first = heapq.heappop(ready)
        order.append(first)
        for each in after[first]:
            waiting[each] -= 1
            if waiting[each] == 0:
                heapq.heappush(ready, each)
    return order + sorted(set(range(len(before))) - set(order))


def followers(before: Before) -> list[list[int]]:
    """For each thing, those that come directly after it."""
    after: list[list[int]] = [[] for _ in before]
    for i, each in enumerate(before):
        for earlier in sorted(set(each)):
            after[earlier].append(i)
    return after


def loops(before: Before) -> list[list[int]]:
    """One loop of each knot: things of which each comes before the next, and the last before the first."""
    knots = (knot for knot in _knots(before) if len(knot) > 1 or knot[0] in before[knot[0]])
    return sorted(_loop(before, knot) for knot in knots)


def _loop(before: Before, knot: list[int]) -> list[int]:
    """The shortest loop through the first thing of a knot."""
    start, members = min(knot), set(knot)
    towards: dict[int, int] = {}
    queue = deque([start])
    while start not in towards:
        here = queue.popleft()
        for earlier in sorted(members.intersection(before[here])):
            if earlier not in towards:
                towards[earlier] = here
                queue.append(earlier)
    loop = [start]
    while (following := towards[loop[-1]]) != start:
        loop.append(following)
    return loop


def _knots(before: Before) -> Iterator[list[int]]:
    """The strongly connected components (Tarjan's algorithm, with its recursion on a list)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    for root in range(len(before)):
        if root in number:
            continue
        calls = [(root, iter(before[root]))]
        while calls:
            here, rest = calls[-1]
            if here not in number:
                number[here] = low[here] = len(number)
                path.append(here)
                on_path.add(here)
            for earlier in rest:
                if earlier not in number:
                    calls.append((earlier, iter(before[earlier])))
                    break
                if earlier in on_path:
                    low[here] = min(low[here], number[earlier])
            else:
                calls.pop()
                if calls:
                    caller = calls[-1][0]
                    low[caller] = min(low[caller], low[here])
                if low[here] == number[here]:
                    yield _cut(path, on_path, here)


def _cut(path: list[int], on_path: set[int], root: int) -> list[int]:
    knot = [path.pop()]
    while knot[-1] != root:
        knot.append(path.pop())
    on_path.difference_update(knot)
    return knot
