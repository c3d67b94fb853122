"""Which nodes may share a store: those of one collection that the plan calls one after the other."""

from __future__ import annotations

from collections.abc import Sequence


def group_nodes(collections: Sequence[str], after: Sequence[Sequence[int]]) -> list[int]:
    """A number per node; the nodes of one collection with one number form a chain.

    `collections` names the collection of each node, and `after` holds the nodes that it reads from, all
    of them earlier ones. In a chain each node reads, directly or through others, from the one before
    it, so it starts when that has ended. Nodes that may run at the same time are in different chains.
    """
    #: Sets of nodes are integers with a bit for each: quick even for thousands of nodes.
    upstream: list[int] = []
    #: Of each collection, the last nodes of its chains, as a set.
    ends: dict[str, int] = {}
    groups: list[int] = []
    counts: dict[str, int] = {}
    for node, (collection, sources) in enumerate(zip(collections, after, strict=True)):
        mine = 0
        for source in sources:
            mine |= upstream[source] | 1 << source
        upstream.append(mine)
        last = ends.get(collection, 0)
        free = last & mine
        if free:  # go on with the chain whose end is nearest
            previous = free.bit_length() - 1
            groups.append(groups[previous])
            last ^= 1 << previous
        else:
            groups.append(counts.get(collection, 0))
            counts[collection] = groups[-1] + 1
        ends[collection] = last | 1 << node
    return groups
