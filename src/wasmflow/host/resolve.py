"""From a reference that a person typed to an opened collection."""

from __future__ import annotations

import os
from pathlib import Path

from wasmflow.collections.kinds import open_kind
from wasmflow.collections.missing import advice, artifacts
from wasmflow.collections.opening import Opening, Progress, quiet
from wasmflow.component import Collection
from wasmflow.errors import ProblemsError, UsageError, WorldError
from wasmflow.host.settings import Settings
from wasmflow.limits import ceiling_of
from wasmflow.manifest.model import External
from wasmflow.manifest.specs import kind_of_file
from wasmflow.naming import listing
from wasmflow.reference import parse_reference


async def open_reference(text: str, settings: Settings, progress: Progress = quiet) -> Collection:
    """Open the artifact that `text` names: a ``.wasm`` or a manifest.

    Raises `UsageError` for what is no artifact, `WorldError` for a file that cannot be read, and
    `ProblemsError` for what is wrong inside or goes beyond the policy of the settings.
    """
    path = parse_reference(text).path
    kind = artifact_kind(path)
    if kind == "manifest" and settings.grant:
        raise UsageError(
            f"'{text}' is a manifest, which says itself what its collections may use: in the entry of "
            f"one in 'external', write grant: {settings.grant}"
        )
    external = External(
        namespace="",
        kind=kind,
        reference=os.fspath(path),
        variables=settings.variables,
    )
    opening = Opening(
        open=open_kind,
        limits=settings.limits,
        ceiling=settings.ceiling or ceiling_of(settings.limits),
        progress=progress,
        cache=settings.cache,
        # A manifest that somebody runs says itself what its collections may use.
        granted=None if kind == "manifest" else settings.grant,
        environment=settings.variables,
    )
    if settings.policy is None:
        return await open_kind(external, opening)
    return await _open_within(Path(settings.policy), external, opening)


async def _open_within(policy: Path, external: External, opening: Opening) -> Collection:
    """Open an artifact that keeps to a policy. Nothing of it has run when it turns out that it does not."""
    # Reading YAML takes a while to import, and a component needs none.
    from wasmflow.policy.check import violations
    from wasmflow.policy.read import read_policy

    allowed = read_policy(policy)
    collection = await open_kind(external, opening)
    if problems := violations(collection.about, allowed):
        await collection.aclose()
        raise ProblemsError(problems)
    return collection


def artifact_kind(path: Path) -> str:
    """``wasm`` or ``manifest``: by what the file begins with, else by its name."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except IsADirectoryError:
        names = listing(artifacts(path))
        inside = f"; name one of: {names}" if names else ""
        raise UsageError(f"'{path}' is a folder{inside}") from None
    except FileNotFoundError:
        instead = advice(path)
        message = f"there is no file '{path}'{'; ' if instead else ''}{instead}"
        raise WorldError(message) from None
    except OSError as error:
        raise WorldError(f"cannot read '{path}': {error.strerror}") from error
    kind = "wasm" if magic == b"\0asm" else kind_of_file(path.name)
    if kind is not None:
        return kind
    raise UsageError(
        f"'{path}' is neither a component (.wasm) nor a manifest (.yaml)"
        + (f"; build it first: wasmflow build {path}" if path.suffix == ".py" else "")
    )
