"""What the components of one artifact are called: printed in one way, found under several.

A function of an interface answers to

    concat                           if no other component of the artifact has that name
    text.concat                      if no other interface of the artifact is called `text`
    demo:text/text.concat            if the artifact has no other version of the interface
    demo:text/text@0.1.0.concat      always

and is printed with the first of these that is its own. A function at the root of the artifact has
only its name, and owns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from wasmflow.naming import canonical

T_co = TypeVar("T_co", covariant=True)


class Label(NamedTuple):
    """Where in an artifact a component is: an interface, if it is in one, and a name."""

    interface: str | None
    name: str

    @property
    def spellings(self) -> tuple[str, ...]:
        """What it may be called, from the shortest to the complete."""
        if self.interface is None:
            return (self.name,)
        unversioned = self.interface.partition("@")[0]
        short = unversioned.rpartition("/")[2]
        prefixes = dict.fromkeys((short, unversioned, self.interface))
        return (self.name, *(f"{prefix}.{self.name}" for prefix in prefixes))


class Names:
    """The names of the components of one artifact."""

    def __init__(self, labels: Iterable[Label]) -> None:
        labels = list(labels)
        owners: dict[str, Label | None] = {canonical(each.spellings[-1]): each for each in labels}
        complete = frozenset(owners)
        for label in labels:
            for spelling in map(canonical, label.spellings):
                if spelling not in complete:
                    owners[spelling] = None if spelling in owners else label
        self._owners = owners

    def find(self, name: str) -> Label | None:
        """The component called `name` in any spelling; ``None`` if there is none, or several."""
        return self._owners.get(canonical(name))

    def printed(self, label: Label) -> str:
        """The shortest name that is this component's own."""
        return next(name for name in label.spellings if self.find(name) == label)


class ByName(Mapping[str, T_co]):
    """Something for each of some components: iterated by printed name, found under any name."""

    def __init__(self, names: Names, values: Mapping[Label, T_co]) -> None:
        self.by_label = values
        self._names = names
        self._printed = tuple(map(names.printed, values))

    def __getitem__(self, name: str) -> T_co:
        label = self._names.find(name)
        if label is None:
            raise KeyError(name)
        return self.by_label[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self._printed)

    def __len__(self) -> int:
        return len(self._printed)
