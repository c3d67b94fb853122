"""Every setting of a service, with where it comes from: what ``wasmflow serve --print-config`` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import msgspec

from wasmflow.host.settings import Settings
from wasmflow.limits import Limits, format_limit
from wasmflow.manifest import tree
from wasmflow.manifest.triggers import Trigger
from wasmflow.service.plan import FrontDoors, Plan
from wasmflow.types.json import dumps
from wasmflow.types.model import Json

ARGUMENT: Final = "argument"
FLAG: Final = "flag"
ENVIRONMENT: Final = "environment"
MANIFEST: Final = "manifest"
DEFAULT: Final = "default"

#: Keys of blocks under which secrets stand, by the names of those who have them.
_SECRET: Final = frozenset(("basic", "bearer"))
_HIDDEN: Final = "(hidden)"
#: Keys whose numbers are seconds, beside those that say so.
_SECONDS: Final = frozenset(("grace", "every", "jitter", "timeout", "max_age"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting."""

    name: str
    value: Json
    #: ``argument``, ``flag``, ``environment``, ``manifest`` or ``default``.
    source: str

    @property
    def text(self) -> str:
        """The value for people, with its unit."""
        value, key = self.value, self.name.rpartition(".")[2]
        if self.name.startswith("limits.") and (value is None or isinstance(value, int | float)):
            return format_limit(key, value)
        if value is None or value in ("", [], {}):
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float) and (key in _SECONDS or key.endswith("_seconds")):
            return f"{value:g} s"
        return value if isinstance(value, str) else dumps(value)


def settings_of(plan: Plan, front: FrontDoors, sources: Mapping[str, str]) -> Iterator[Setting]:
    """All settings of a service.

    `sources` says where the fields of the plan come from; those that it does not name are defaults.
    """
    yield Setting("artifact", plan.artifact, ARGUMENT)
    for name in ("workers", "grace", "admin", "watch", "policy"):
        value = getattr(plan, name) or None if name in ("admin", "policy") else getattr(plan, name)
        yield Setting(name, value, sources.get(name, DEFAULT))
    yield Setting("grant", str(plan.grant), sources.get("grant", DEFAULT))
    yield Setting("cache", str(Settings().cache), sources.get("cache", DEFAULT))
    yield from _limits(plan, front)
    flagged = front.flagged
    for trigger in front.triggers:
        source = sources.get("http", FLAG) if trigger.name in flagged else ""
        yield from _trigger(trigger, source)


def _limits(plan: Plan, front: FrontDoors) -> Iterator[Setting]:
    usual = Limits()
    for field in fields(Limits):
        name = field.name
        if name in front.limits:
            yield Setting(f"limits.{name}", front.limits[name], MANIFEST)
        elif name in plan.limits:
            yield Setting(f"limits.{name}", plan.limits[name], FLAG)
        else:
            yield Setting(f"limits.{name}", getattr(usual, name), DEFAULT)


def _trigger(trigger: Trigger, address_source: str) -> Iterator[Setting]:
    block: dict[str, Any] = msgspec.to_builtins(trigger.block)
    for path, value in _leaves(block, ()):
        name = ".".join(("triggers", trigger.name, *path))
        written = _written(trigger.written, path)
        if path == ("address",):
            source = address_source or (DEFAULT if written is None else MANIFEST)
            yield Setting(name, value, source)
        else:
            yield Setting(name, _shown(value, written), DEFAULT if written is None else MANIFEST)


def _shown(value: Json, written: tree.Node | None) -> Json:
    """A value without secrets: variables in it as they are written, and no passwords in addresses."""
    if isinstance(value, list):
        items = tree.items(written)
        nodes = items if len(items) == len(value) else (None,) * len(value)
        return [_shown(each, node) for each, node in zip(value, nodes, strict=True)]
    if isinstance(value, dict):
        return {key: _shown(each, tree.get(written, key)) for key, each in value.items()}
    if isinstance(written, tree.Scalar) and written.template and value != _HIDDEN:
        return written.template
    return _USER.sub(_HIDDEN, value) if isinstance(value, str) else value


#: Who asks, in an address, with his password or token.
_USER: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    """What stands at the ends of blocks within blocks, without secrets."""
    if isinstance(value, dict) and value:
        secret = bool(path) and path[-1] in _SECRET
        for key, inner in value.items():
            yield from _leaves(_HIDDEN if secret else inner, (*path, key))
    else:
        yield path, value


def _written(node: tree.Node | None, path: tuple[str, ...]) -> tree.Node | None:
    for key in path:
        node = tree.get(node, key)
    return node
