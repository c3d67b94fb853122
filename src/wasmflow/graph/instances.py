"""What the instances of a flow are: each is looked up by name in its namespace, once.

`graph.build` calls it first. It knows names and definitions, no connections and no types.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from wasmflow.component import Definition, Port, Signature, Template, Use
from wasmflow.graph.graph import SELF
from wasmflow.manifest import model
from wasmflow.naming import Hints, canonical, lookup
from wasmflow.problem import Problem
from wasmflow.types import model as wit

#: Namespaces that were always there in Wasmflow 0.10, and what is written instead.
_FORMER: Final = {
    "collections": "there are no links; use a component of a collection as namespace::component",
    "wafl": "core:: has 'log' and 'fail'; for the others, write a component and add it under `external`",
}


@dataclass(frozen=True)
class Namespace:
    """The components of one collection: those that can run, and why the others cannot."""

    definitions: Mapping[str, Definition]
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """An instance, and the component found for it."""

    instance: model.Instance
    #: The ports that it has in every use; ``None`` if it was not found: then nothing is checked of it.
    outline: Signature | None = None
    template: Template | None = None
    #: The name under which its collection prints the component.
    component: str = ""

    @property
    def id(self) -> str:
        return f"{self.instance.namespace}::{self.component or self.instance.component}"

    @property
    def described(self) -> str:
        """How messages call it."""
        return f"'{self.instance.name}' ({self.id})"

    @property
    def ports(self) -> tuple[Port, ...]:
        if self._listed is not None:
            return self._listed
        return self.outline.inputs if self.outline else ()

    @property
    def any_input(self) -> bool:
        return self.template is not None and self.template.any_input and self._listed is None

    @cached_property
    def _listed(self) -> tuple[Port, ...] | None:
        """The inputs of what has those that connections name, where its constants list them instead."""
        if self.template is None or not self.template.any_input or not self.constants:
            return None
        signature = self.template.signature(Use(constants=self.constants))
        return signature.inputs if isinstance(signature, Signature) else None

    @property
    def constant_names(self) -> Collection[str]:
        """The names that its `with` may hold besides input ports."""
        return self.template.constants if self.template else ()

    @cached_property
    def constants(self) -> Mapping[str, wit.Json]:
        """The constants that its `with` holds."""
        known = {canonical(name): name for name in self.constant_names}
        pinned = {canonical(name): each.value for name, each in self.instance.pinned.items()}
        return {known[name]: value for name, value in pinned.items() if name in known}

    @cached_property
    def pinned(self) -> Mapping[str, model.Pinned]:
        """The inputs that its `with` pins, and whatever else is in it."""
        known = {canonical(name) for name in self.constant_names}
        pinned = self.instance.pinned.items()
        return {name: each for name, each in pinned if canonical(name) not in known}


class Directory:
    """The namespaces that a manifest can use, and its own flows as they become known."""

    def __init__(
        self,
        namespaces: Mapping[str, Namespace | None],
        flows: Mapping[str, Definition | None],
        hints: Hints,
    ) -> None:
        """`flows` has every flow from the start; it is ``None`` as long as nothing can be said of it."""
        self._namespaces = {canonical(name): each for name, each in namespaces.items()}
        self._namespaces[SELF] = Namespace({})
        self._names = [*namespaces, SELF]
        self._flows = flows
        self._hints = hints
        self._indexes: dict[str, dict[str, str]] = {}
        self._missing: set[str] = set()

    def find(self, instance: model.Instance) -> Site | Problem:
        """The instance with its component. A namespace that is not there is a problem only once."""
        name = canonical(instance.namespace)
        if name not in self._namespaces:
            return self._no_namespace(instance)
        namespace = self._namespaces[name]
        if namespace is None:
            return Site(instance)
        definitions = self._flows if name == SELF else namespace.definitions
        component = self._printed(instance, definitions)
        if component is None:
            return self._no_component(instance, definitions, namespace.refused)
        return _site(instance, component, definitions[component])

    def _printed(
        self, instance: model.Instance, known: Mapping[str, Definition | None]
    ) -> str | None:
        """The name as its collection prints it; as written if the collection takes it so."""
        if instance.component in known:
            return instance.component
        index = self._indexes.setdefault(canonical(instance.namespace), {})
        if not index:
            index.update((canonical(name), name) for name in known)
        return index.get(canonical(instance.component))

    def _no_namespace(self, instance: model.Instance) -> Site | Problem:
        name = instance.namespace
        if canonical(name) in self._missing:
            return Site(instance)
        self._missing.add(canonical(name))
        near = self._hints.nearest(name, self._names)
        former = _FORMER.get(name, f"add it under `external`, '{name}: ./…'")
        hint = f"did you mean '{near}'?" if near else former
        return Problem(f"there is no namespace '{name}'", hint, instance.place)

    def _no_component(
        self,
        instance: model.Instance,
        known: Mapping[str, Definition | None],
        refused: Mapping[str, str],
    ) -> Problem:
        name, namespace = instance.component, instance.namespace
        if (reason := lookup(name, refused)) is not None:
            return Problem(f"'{namespace}::{name}' cannot run: {reason}", "", instance.place)
        own = canonical(namespace) == SELF
        owner = "this manifest" if own else f"'{namespace}'"
        hint = self._hints.suggest(name, known, noun=owner)
        what = "flow" if own else "component"
        return Problem(f"{owner} has no {what} '{name}'", hint, instance.place)


def _site(instance: model.Instance, component: str, definition: Definition | None) -> Site:
    if definition is None:
        return Site(instance, component=component)
    if isinstance(definition, Signature):
        return Site(instance, definition, component=component)
    return Site(instance, definition.outline, definition, component)
