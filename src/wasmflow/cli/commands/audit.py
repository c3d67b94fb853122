"""`wasmflow audit`: all the code that an artifact consists of, what it may use, and the policy for that."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wasmflow.cli import options
from wasmflow.cli.command import Command, command
from wasmflow.cli.exits import Exit
from wasmflow.cli.output import Terminal, one_line, out, printable, put, put_json
from wasmflow.cli.session import with_host
from wasmflow.cli.tree import about_json, granted_text, wanted_text
from wasmflow.component import About, Timing
from wasmflow.errors import UsageError, WorldError
from wasmflow.limits import COLLECTION, Limits, format_limit
from wasmflow.policy import SUFFIX
from wasmflow.policy.model import SHA256, SHORT
from wasmflow.types.model import Json

if TYPE_CHECKING:
    from wasmflow.grants import Grants
    from wasmflow.host.host import Host

#: Stands for standard output.
STDOUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Audit:
    """All the code of an artifact."""

    reference: str
    about: About
    #: Of the components of the artifact that depend on timing, what it is.
    timing: dict[str, tuple[Timing, ...]]

    def granted(self) -> dict[str, Grants]:
        """What collections may use of the world themselves, by name: manifests only hand it on."""
        tree = self.about.tree()
        return {self.name(p): each.granted for p, each in tree if each.granted and not each.parts}

    def worldly(self) -> dict[str, str]:
        """The collections that see what is not the same at every run, each with what that is."""
        seen = {name: ", ".join(_world(grants)) for name, grants in self.granted().items()}
        return {name: what for name, what in seen.items() if what}

    def timed(self) -> dict[str, str]:
        """The components that depend on timing, each with why."""
        return {
            name: "; ".join(f"{each.reason} ({each.instance})" for each in timing)
            for name, timing in self.timing.items()
        }

    def name(self, path: str) -> str:
        """How people call a collection by its path."""
        return path or self.reference


def _world(grants: Grants) -> Iterator[str]:
    """What of the world it may see, that is not the same at every run."""
    if grants.env:
        yield "environment"
    if grants.dirs:
        yield "files"
    if "stdin" in grants.stdio:
        yield "standard input"
    if grants.clock:
        yield "real clock"
    if grants.random:
        yield "real random numbers"


class AuditCommand(Command):
    """Says where ARTIFACT belongs if `--lock` has taken it for its file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        locks = "--lock" in args
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter as error:
            if not locks:
                raise
            hint = "it stands before --lock, since a file may follow that"
            raise click.UsageError(f"missing argument 'ARTIFACT'. Hint: {hint}", ctx) from error


@command(
    "wasmflow audit examples/02-nested/host.yaml",
    "wasmflow audit examples/02-nested/host.yaml --lock",
    "wasmflow audit examples/01-hello/text.wasm --grant env=LANG --json",
    cls=AuditCommand,
)
@options.artifact
@options.as_json("Print an object with all that is known.")
@click.option(
    "--lock",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    type=click.Path(),
    help="Write the policy that allows just what is there; without FILE, beside ARTIFACT as "
    "NAME.policy.yaml, with - to standard output.",
)
@options.grants
@options.limits
@options.policy
@options.quiet
def audit(
    artifact: str,
    as_json: bool,
    lock: str | None,
    grant: Grants,
    limits: dict[str, float],
    policy: str | None,
    quiet: bool,
) -> Exit:
    """Show all the code that an artifact consists of, and what that may use.

    Every collection is listed, to any depth of manifests: the path of names that leads to it, the
    file that it is from and its digest, what of the world it imports the means for, what of that it
    is granted, and the limits that hold for it. Nothing of it runs.

    With --lock all of this is written into a policy file, whose path is printed. Given to a command
    with --policy, that refuses, before anything runs, a collection that is not listed, one with
    another digest, and grants or limits beyond those listed.
    """
    from wasmflow.host.settings import Settings

    if as_json and lock is not None:
        raise UsageError("--json and --lock exclude each other")
    found = with_host(
        artifact,
        _audited(artifact),
        Settings(grant=grant, policy=policy).limited(limits),
        quiet=quiet,
    )
    if lock is not None:
        put(_locked(found, lock))
    elif as_json:
        put_json(audit_json(found))
    else:
        put("".join(f"{line}\n" for line in audit_lines(found, out())))
    return Exit.FINE


def _audited(artifact: str) -> Callable[[Host], Awaitable[Audit]]:
    async def look(host: Host) -> Audit:
        from wasmflow.cli.describe import outline

        signatures = [outline(each) for each in host.collection.definitions.values()]
        timing = {each.name: each.timing for each in signatures if each.timing}
        return Audit(artifact, host.collection.about, timing)

    return look


def audit_lines(audit: Audit, terminal: Terminal) -> Iterator[str]:
    """All the code of an artifact, for people."""
    usual = audit.about.limits
    for path, about in audit.about.tree():
        yield f"{terminal.bold(printable(audit.name(path)))} ({about.kind})"
        entries = {
            "from": about.origin if path else "",
            "digest": f"{SHA256}{about.digest[:SHORT]}…" if about.digest else "",
            "imports": wanted_text(about),
            "granted": granted_text(about),
            "limits": _limits(about, usual if path else None),
        }
        yield from _entries(entries, terminal)
        yield ""
    yield terminal.faint("in all")
    yield from _entries(_summary(audit), terminal)


def _entries(entries: Mapping[str, str], terminal: Terminal) -> Iterator[str]:
    column = max(map(len, entries))
    for name, text in entries.items():
        room = max(min(terminal.width, 100) - column - 4, 30)
        lines = textwrap.wrap(one_line(text), room, break_on_hyphens=False)
        for label, line in zip((name, *[""] * len(lines)), lines, strict=False):
            yield f"  {terminal.faint(f'{label:{column}}')}  {line}"


def _limits(about: About, usual: Limits | None) -> str:
    """All limits; of what another manifest uses those of collections, where they are others than usual."""
    limits = about.limits
    if limits is None:
        return ""
    names = [each.name for each in fields(limits)] if usual is None else COLLECTION
    values = {name: getattr(limits, name) for name in names}
    told = {
        name: value
        for name, value in values.items()
        if value is not None and (usual is None or value != getattr(usual, name))
    }
    texts = {name: format_limit(name, value).replace(" ", "") for name, value in told.items()}
    return ", ".join(f"{name} {text}" for name, text in texts.items())


def _summary(audit: Audit) -> dict[str, str]:
    kinds = Counter(about.kind for _, about in audit.about.tree())
    number = f"{kinds.total()} ({', '.join(f'{count} {kind}' for kind, count in kinds.items())})"
    changing = [*audit.worldly().items(), *audit.timed().items()]
    return {
        "collections": number,
        "granted something": ", ".join(audit.granted()) or "none of them",
        "not repeatable": "; ".join(f"{name}: {why}" for name, why in changing) or "none of them",
    }


def audit_json(audit: Audit) -> Json:
    """The same for machines; the artifact itself has an empty path."""
    collections: list[Json] = [
        {"path": path, **about_json(about)} for path, about in audit.about.tree()
    ]
    return {
        "artifact": audit.reference,
        "collections": collections,
        "summary": {
            "collections": len(collections),
            "granted": [*audit.granted()],
            "not_repeatable": {
                "collections": {**audit.worldly()},
                "components": {**audit.timed()},
            },
        },
    }


def _locked(audit: Audit, lock: str) -> str:
    """The policy, or the file that it was written to.

    Raises `UsageError` rather than replace what is no policy, and `WorldError`.
    """
    from wasmflow.policy.write import policy_text

    origin = Path(audit.about.origin)
    # A component beside a manifest of its name has a policy of its own.
    beside = origin.with_name(
        (origin.stem if audit.about.kind == "manifest" else origin.name) + SUFFIX
    )
    path = Path(lock) if lock not in ("", STDOUT) else beside
    text = policy_text(audit.about, str(path.parent.resolve()))
    if lock == STDOUT:
        return text
    try:
        if path.is_file() and not _POLICY.search(path.read_bytes()):
            raise UsageError(f"'{path}' is no policy and is not replaced; name another file")
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorldError(f"cannot write '{path}': {error.strerror}") from error
    return f"{path}\n"


#: What a policy has in any state, also one of two that were merged badly; or nothing at all.
_POLICY: Final = re.compile(rb"\A\Z|^policy:", re.MULTILINE)
