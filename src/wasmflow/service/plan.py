"""What a service is to be, as its command line says: a frozen value that goes to every worker.

The triggers of the manifest are not in it. The supervisor reads them for their addresses, and each
worker for itself, with `read_triggers`, so that a reload finds what the manifest says by then.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from wasmflow.errors import UsageError
from wasmflow.grants import NOTHING, Grants
from wasmflow.host.resolve import artifact_kind
from wasmflow.host.settings import Settings
from wasmflow.manifest.load import load_manifest
from wasmflow.manifest.model import Manifest
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.manifest.triggers import Trigger, read_triggers
from wasmflow.naming import listing, suggestion
from wasmflow.problem import Problem
from wasmflow.reference import parse_reference
from wasmflow.triggers.address import Address, NoAddress, parse_address

#: The kinds of trigger that are served; the others are commands.
SERVED: Final = frozenset(("http", "schedule", "startup"))
#: What the address for health and metrics is called, among those of triggers.
ADMIN: Final = ""
#: What the trigger is called that an artifact without triggers is given.
USUAL_TRIGGER: Final = "http"


@dataclass(frozen=True, slots=True)
class HttpFlag:
    """One ``--http``: an address for a trigger, or a trigger where there is none."""

    address: str
    #: Of the trigger; empty for the only one of its kind.
    name: str = ""


@dataclass(frozen=True)
class Plan:
    """What is served, and how."""

    artifact: str
    http: tuple[HttpFlag, ...] = ()
    #: Processes that take work.
    workers: int = 1
    #: Seconds that running transactions are given when the service stops.
    grace: float = 10.0
    #: Where health and metrics are served, if that is not where everything else is.
    admin: str = ""
    #: Whether the artifact is read anew when its files change.
    watch: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)
    grant: Grants = NOTHING
    policy: str | None = None

    def settings(self) -> Settings:
        """Those of the host of each worker."""
        return replace(Settings().limited(self.limits), grant=self.grant, policy=self.policy)


@dataclass(frozen=True)
class FrontDoors:
    """The triggers of a service. With problems, some may be missing."""

    triggers: tuple[Trigger, ...]
    #: Where those listen that have an address, by their names.
    addresses: Mapping[str, Address]
    #: The names of those with TLS.
    secure: frozenset[str] = frozenset()
    #: The names of those whose address a flag gives.
    flagged: frozenset[str] = frozenset()
    #: The limits that the manifest sets, by name.
    limits: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_front_doors(plan: Plan) -> FrontDoors:
    """The triggers of the artifact, with what the plan changes of them.

    Raises `UsageError` for an ``--http`` that fits none, `WorldError` for a file that cannot be read,
    and `ProblemsError` where it cannot be read far enough.
    """
    problems: list[Problem] = []
    manifest = _manifest(plan)
    written = _written(manifest, problems) if manifest else {}
    flags = _meant(plan.http, written)
    triggers = _with_flags(written, flags)
    addresses = _addresses(triggers, problems)
    if plan.admin:
        addresses[ADMIN] = _apart(plan.admin, addresses)
    return FrontDoors(
        tuple(triggers.values()),
        addresses,
        secure=frozenset(name for name, each in triggers.items() if _is_secure(each)),
        flagged=frozenset(flags),
        limits={name: limit.value for name, limit in manifest.limits.items()} if manifest else {},
        problems=tuple(problems),
    )


def _apart(admin: str, addresses: Mapping[str, Address]) -> Address:
    """The address for health and metrics, where nothing else is."""
    try:
        address = parse_address(admin)
    except NoAddress as error:
        raise UsageError(f"--admin: {error}") from None
    if address.port and address in addresses.values():
        raise UsageError(f"--admin {address}: a trigger listens there; choose another port")
    return address


def _is_secure(trigger: Trigger) -> bool:
    return isinstance(trigger.block, HttpBlock) and trigger.block.tls is not msgspec.UNSET


def _manifest(plan: Plan) -> Manifest | None:
    """The manifest that is served, if it is one and not a component by itself."""
    path = parse_reference(plan.artifact).path
    return load_manifest(path, os.environ) if artifact_kind(path) == "manifest" else None


def _written(manifest: Manifest, problems: list[Problem]) -> dict[str, Trigger]:
    problems += [problem for problem in manifest.problems if not problem.warning]
    return read_triggers(manifest, os.environ, problems, SERVED)


def _meant(flags: Sequence[HttpFlag], triggers: Mapping[str, Trigger]) -> dict[str, str]:
    """The addresses that flags give, by the names of triggers. Raises `UsageError`."""
    addresses: dict[str, str] = {}
    for flag in flags:
        name = _name_of(flag, triggers)
        if name in addresses:
            raise UsageError(f"--http gives two addresses to the trigger '{name}'")
        addresses[name] = flag.address
    return addresses


def _with_flags(
    triggers: Mapping[str, Trigger], addresses: Mapping[str, str]
) -> dict[str, Trigger]:
    """The triggers with these addresses, and one of kind http where there is none at all."""
    changed = {
        name: _with_address(triggers.get(name), name, address)
        for name, address in addresses.items()
    }
    usual = {USUAL_TRIGGER: Trigger(USUAL_TRIGGER, HttpBlock())}
    return {**triggers, **changed} or usual


def _name_of(flag: HttpFlag, triggers: Mapping[str, Trigger]) -> str:
    names = [name for name, each in triggers.items() if isinstance(each.block, HttpBlock)]
    if not flag.name:
        if len(names) > 1:
            hint = f"Hint: --http {names[0]}={flag.address}"
            raise UsageError(f"which trigger listens there? There are {listing(names)}. {hint}")
        return names[0] if names else _new_name(triggers)
    if flag.name not in names:
        hint = (
            suggestion(flag.name, names, noun="the artifact") if names else "write --http ADDRESS"
        )
        raise UsageError(f"there is no trigger '{flag.name}' of kind http; {hint}")
    return flag.name


def _new_name(triggers: Mapping[str, Trigger]) -> str:
    """That of a trigger of our own, in the rare case beside one that is called so."""
    return USUAL_TRIGGER if USUAL_TRIGGER not in triggers else f"{USUAL_TRIGGER}-flag"


def _with_address(trigger: Trigger | None, name: str, address: str) -> Trigger:
    if trigger is None:
        return Trigger(name, HttpBlock(address=address))
    return replace(trigger, block=msgspec.structs.replace(trigger.block, address=address))


def _addresses(triggers: Mapping[str, Trigger], problems: list[Problem]) -> dict[str, Address]:
    found: dict[str, Address] = {}
    for name, trigger in triggers.items():
        if not isinstance(trigger.block, HttpBlock):
            continue
        try:
            address = parse_address(trigger.block.address)
        except NoAddress as error:
            problems.append(Problem(str(error), place=trigger.at("address")))
            continue
        twin = next((other for other, its in found.items() if its == address), None)
        if twin is not None and address.port:
            message = f"triggers '{twin}' and '{name}' both listen on {address}"
            problems.append(Problem(message, place=trigger.at("address")))
        found[name] = address
    return found
