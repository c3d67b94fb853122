"""`wasmflow inspect`: what an artifact holds, what it wants, and what it may use."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wasmflow.cli import options
from wasmflow.cli.command import command
from wasmflow.cli.exits import Exit
from wasmflow.cli.lifting import lifted_instances
from wasmflow.cli.output import Terminal, one_line, out, printable, put, put_json
from wasmflow.cli.session import with_host
from wasmflow.cli.tree import collection_rows, granted_text, tree_json
from wasmflow.cli.triggers import trigger_text, written_triggers
from wasmflow.component import About, Definition, Import, Signature
from wasmflow.errors import UsageError
from wasmflow.limits import COLLECTION, format_limit
from wasmflow.types.model import Json

if TYPE_CHECKING:
    from wasmflow.grants import Grants
    from wasmflow.host.host import Host
    from wasmflow.host.settings import Settings


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that is shown of an artifact."""

    reference: str
    about: About
    definitions: tuple[Definition, ...]
    #: Components that cannot run, each with the reason.
    refused: Mapping[str, str]
    #: Whether all components are shown.
    whole: bool = True
    #: Of flows by name: the instances that are called for each element of a stream.
    lifted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The blocks of its triggers, as they are written.
    triggers: Mapping[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def signatures(self) -> list[Signature]:
        from wasmflow.cli.describe import outline

        return [outline(definition) for definition in self.definitions]


@command(
    "wasmflow inspect examples/01-hello/text.wasm",
    "wasmflow inspect examples/01-hello/salutations.yaml hello",
    "wasmflow inspect core switch",
)
@options.artifact
@options.component("all if left out")
@options.as_json("Print an object with all that is known.")
@click.option(
    "--wit",
    "as_wit",
    is_flag=True,
    help="Print WIT: the world of a binary, or its components as functions.",
)
@options.grants
@options.limits
@options.policy
@options.quiet
def inspect(
    artifact: str,
    component: str | None,
    as_json: bool,
    as_wit: bool,
    grant: Grants,
    limits: dict[str, float],
    policy: str | None,
    quiet: bool,
) -> Exit:
    """Show what an artifact holds: components, ports, types, imports.

    Of each component it shows the ports with their types, defaults and descriptions; of the artifact
    also what cannot run and why, what it imports and what it is granted of that, to any depth of
    manifests, and the limits that hold for it.

    As ARTIFACT, core stands for the components that every manifest has as core::NAME.
    """
    if as_json and as_wit:
        raise UsageError("--json and --wit exclude each other")
    namespace, _, name = artifact.partition("::")
    if namespace == CORE and not Path(artifact).is_file():
        inspection = _core(component or name)
    else:
        from wasmflow.host.settings import Settings

        settings = Settings(grant=grant, policy=policy).limited(limits)
        inspection = _inspected(artifact, component, settings, quiet)
    if as_json:
        put_json(inspection_json(inspection))
    elif as_wit:
        put(inspection_wit(inspection))
    else:
        put("".join(f"{line}\n" for line in inspection_lines(inspection, out())))
    return Exit.FINE


#: As manifests call it.
CORE: Final = "core"


def _core(component: str) -> Inspection:
    from wasmflow.collections.core import CoreCollection
    from wasmflow.host.host import find_definition

    core = CoreCollection()
    if component:
        return Inspection(CORE, core.about, (find_definition(component, core),), {}, False)
    return Inspection(CORE, core.about, tuple(core.definitions.values()), core.refused)


def _inspected(artifact: str, component: str | None, settings: Settings, quiet: bool) -> Inspection:
    async def look(host: Host) -> Inspection:
        collection = host.collection
        names = list(collection.definitions) if component is None else [component]
        signatures = tuple(host.signature(name) for name in names)
        return Inspection(
            artifact,
            collection.about,
            signatures,
            collection.refused if component is None else {},
            whole=component is None,
            lifted={each.name: lifted_instances(collection, each.name) for each in signatures},
            triggers=written_triggers(collection) if component is None else {},
        )

    return with_host(artifact, look, settings, quiet=quiet)


def inspection_lines(inspection: Inspection, terminal: Terminal) -> Iterator[str]:
    """What is known of an artifact, for people."""
    from wasmflow.cli.describe import component_lines, outline, wrapped

    about = inspection.about
    yield f"{terminal.bold(printable(inspection.reference))} ({about.kind})"
    yield from wrapped(about.description, terminal.width, indent=2)
    facts = dict(about.facts)
    limits = _limits(inspection, facts.pop("memory", ""))
    if about.granted:
        facts["granted"] = granted_text(about)
    for name, fact in facts.items():
        yield f"  {terminal.faint(printable(name) + ':')} {one_line(fact)}"
    for definition in inspection.definitions:
        yield ""
        lifted = inspection.lifted.get(outline(definition).name, ())
        yield from component_lines(definition, terminal, lifted)
    yield from _types(inspection.signatures, terminal)
    yield from _section("cannot run", inspection.refused, terminal)
    triggers = {name: trigger_text(block) for name, block in inspection.triggers.items()}
    yield from _section("triggers", triggers, terminal)
    if about.parts:
        yield ""
        yield from collection_rows(about, terminal)
    for status, packages in _grouped(about.imports).items():
        yield from _section(f"imports: {status}", packages, terminal)
    yield from _section("limits", limits, terminal)


def _grouped(imports: Iterable[Import]) -> dict[str, dict[str, str]]:
    """Status to package to the names of its interfaces: a Python component imports twenty-five."""
    grouped: dict[str, dict[str, str]] = {}
    for each in imports:
        path, at, version = each.name.partition("@")
        package, _, interface = path.rpartition("/")
        packages = grouped.setdefault(each.status, {})
        key = f"{package or interface}{at}{version}"
        names = [packages[key], interface] if key in packages else [interface]
        packages[key] = ", ".join(names) if package else ""
    return grouped


def _types(signatures: Iterable[Signature], terminal: Terminal) -> Iterator[str]:
    """The declarations of the types that ports are described by."""
    from wasmflow.cli.describe import named_types
    from wasmflow.types.wit import format_definition

    named = named_types(signatures)
    if named:
        yield ""
        yield terminal.faint("types")
    for type_ in named:
        yield from (f"  {line}" for line in printable(format_definition(type_)).splitlines())


def _section(title: str, entries: Mapping[str, str], terminal: Terminal) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield terminal.faint(one_line(title))
    column = min(max(map(len, entries)), 40)
    for name, text in entries.items():
        lead = f"  {printable(name):<{column}}  "
        room = max(terminal.width - len(lead), 30)
        first, *others = textwrap.wrap(one_line(text), room, break_on_hyphens=False) or [""]
        yield (lead + first).rstrip()
        yield from (" " * len(lead) + line for line in others)


def _limits(inspection: Inspection, said: str) -> dict[str, str]:
    """The limits that people ask about; `--json` has all. `said` is what a collection says of its memory."""
    limits = inspection.about.limits
    if limits is None:
        return {}
    most = f"at most {limits.memories} memories of {_mib(limits.memory)}"
    memory = said or f"{_mib(limits.memory * limits.memories)}: {most}"
    return {
        "memory": f"{memory} (invoke --memory)",
        "call": f"{limits.call_seconds:g} s (invoke --call-timeout)",
        "transaction": _transaction_limit(limits.transaction_seconds, inspection.signatures),
        "log": f"{_mib(limits.log_bytes)} per call",
        **_own_limits(inspection.about),
    }


def _own_limits(about: About) -> dict[str, str]:
    """Of the collections in it that have limits of their own, these."""
    usual = about.limits
    own = {
        path: ", ".join(
            f"{name} {format_limit(name, value)}"
            for name in COLLECTION
            if (value := getattr(part.limits, name)) != getattr(usual, name)
        )
        for path, part in about.tree()
        if path and part.limits is not None
    }
    return {path: text for path, text in own.items() if text}


def _transaction_limit(seconds: float, signatures: Iterable[Signature]) -> str:
    """Those with streams may take as long as they move, unless a caller says otherwise."""
    streaming = {signature.streaming for signature in signatures}
    limit = f"{seconds:g} s"
    if True in streaming:
        standing = f"{limit} of standing still, no other limit unless set"
        limit = standing if len(streaming) == 1 else f"{limit}; with streams {standing}"
    return f"{limit} (invoke --timeout)"


def _mib(number: int) -> str:
    return f"{number / (1 << 20):g} MiB"


def inspection_json(inspection: Inspection) -> Json:
    """What is known of an artifact, for machines."""
    from wasmflow.cli.describe import component_json, outline

    about = inspection.about
    return {
        "artifact": inspection.reference,
        **tree_json(about),
        "components": [
            component_json(each, inspection.lifted.get(outline(each).name, ()))
            for each in inspection.definitions
        ],
        "refused": dict(inspection.refused),
        "triggers": dict(inspection.triggers),
    }


def inspection_wit(inspection: Inspection) -> str:
    """What the artifact says of itself in WIT; else its components as functions of an interface."""
    from wasmflow.cli.describe import wit_text

    if any(not isinstance(each, Signature) for each in inspection.definitions):
        raise UsageError("core components are generic: only a use of one has types in WIT")
    if inspection.whole and inspection.about.wit is not None:
        return inspection.about.wit()
    name = Path(inspection.reference).stem
    return wit_text(name, inspection.signatures, inspection.about.description)
