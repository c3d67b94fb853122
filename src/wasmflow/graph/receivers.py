"""What connections lead to: an instance or the flow's outputs, with what has been connected so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass

from wasmflow.component import Port
from wasmflow.naming import canonical
from wasmflow.problem import Place


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that feeds an input, in words, and where that is written."""

    text: str
    place: Place
    #: Whether it is the `with` of the instance.
    pinned: bool = False


class Receiver:
    """Inputs by name, and what claims each of them.

    Names are spelled as the component declares them; where any name will do, as it was first written.
    """

    def __init__(
        self, ports: Iterable[Port], *, any_name: bool = False, known: bool = True
    ) -> None:
        self.ports = tuple(ports)
        self.any_name = any_name
        #: Whether its inputs are known. If not, whatever leads here is let pass.
        self.known = known
        #: Whether something leads here of which the input is not known.
        self.blurred = not known
        #: What feeds each input, by canonical name.
        self.claims: dict[str, list[Claim]] = {}
        #: The inputs that nothing gives by name; settled by `settle`.
        self.open: tuple[Port, ...] = ()
        self._taken: frozenset[str] = frozenset()
        self._spelling = {canonical(port.name): port.name for port in reversed(self.ports)}

    def find(self, name: str) -> str | None:
        """The input of this name in its own spelling."""
        if self.any_name:
            return self._spelling.setdefault(canonical(name), name)
        return self._spelling.get(canonical(name))

    def claim(self, name: str, text: str, place: Place) -> None:
        self._add(name, Claim(text, place))

    def pin(self, name: str, place: Place) -> None:
        self._add(name, Claim("`with`", place, pinned=True))

    def _add(self, name: str, claim: Claim) -> None:
        self.claims.setdefault(canonical(name), []).append(claim)

    def settle(self) -> None:
        """From here on, what is claimed is not claimed by name: the open inputs are these."""
        self._taken = frozenset(self.claims)
        self.open = tuple(port for port in self.ports if canonical(port.name) not in self._taken)

    def open_among(self, names: Iterable[str]) -> list[str]:
        """The open inputs of these names, in its own order; of what takes any name, in that of the names."""
        if self.any_name:
            return [name for name in names if canonical(name) not in self._taken]
        wanted = {canonical(name) for name in names}
        return [port.name for port in self.open if canonical(port.name) in wanted]

    def copy(self) -> Receiver:
        """The same, to be claimed further without a trace here."""
        other = copy(self)
        other.claims = {name: list(claims) for name, claims in self.claims.items()}
        return other

    @property
    def all_pinned(self) -> bool:
        """Whether `with` feeds each input that is fed."""
        return all(claim.pinned for claims in self.claims.values() for claim in claims)

    @property
    def names(self) -> list[str]:
        return [port.name for port in self.ports]


def only(ports: Sequence[Port]) -> str | None:
    """The name of the only open input: the only required one or, if none is required, the only one."""
    candidates = [port for port in ports if not port.optional] or ports
    return candidates[0].name if len(candidates) == 1 else None
