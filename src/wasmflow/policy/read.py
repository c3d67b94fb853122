"""From a policy file to a `Policy`: as strict as the loader of manifests, and with its means."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from posixpath import normpath
from typing import Final

from wasmflow.errors import ProblemsError, WorldError
from wasmflow.grants import Folder
from wasmflow.manifest import tree
from wasmflow.manifest.entries import read_limits
from wasmflow.manifest.external import may_write, read_grants
from wasmflow.manifest.shape import check
from wasmflow.manifest.yaml import MAX_BYTES, read_yaml
from wasmflow.policy.model import SHA256, VERSION, Allowed, Policy, PolicyDocument
from wasmflow.problem import Place, Problem


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises `ProblemsError` for what is wrong with it, `WorldError` if it
    cannot be read."""
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror
        advice = "; write it: wasmflow audit ARTIFACT --lock" if not path.exists() else ""
        raise WorldError(f"cannot read the policy '{path}': {reason}{advice}") from error
    return parse_policy(source, path)


def parse_policy(source: bytes, path: Path) -> Policy:
    """The policy with these bytes. `path` says where it is, for messages and relative folders."""
    root, problems = read_yaml(source, str(path))
    if root is None:
        empty = Problem("this policy is empty", f"begin with: policy: {VERSION}", Place(str(path)))
        raise ProblemsError([*problems, empty])
    if tree.get(root, "policy") is None and tree.get(root, "version"):
        hint = f"write its policy: wasmflow audit {path} --lock"
        raise ProblemsError([Problem("this is a manifest, not a policy", hint, root.place)])
    problems += check(root, PolicyDocument)
    folder = str(path.parent.resolve())
    policy = _policy(root, folder, problems)
    if problems:
        raise ProblemsError(problems)
    return policy


def _policy(root: tree.Node, folder: str, problems: list[Problem]) -> Policy:
    listed = tree.get(root, "collections")
    artifact = tree.get(root, "artifact") or root
    return Policy(
        folder,
        _allowed(artifact, artifact.place, folder, problems),
        {
            entry.name: _allowed(entry.value, entry.place, folder, problems)
            for entry in tree.entries(listed)
        },
        read_limits(tree.get(root, "limits")),
        listed.place if listed else root.place,
    )


def _allowed(node: tree.Node, place: Place, folder: str, problems: list[Problem]) -> Allowed:
    digest, grant = tree.get(node, "digest"), tree.get(node, "grant")
    return Allowed(
        tree.said(node, "digest").removeprefix(SHA256),
        read_grants(grant, partial(_folder, folder), problems),
        read_limits(tree.get(node, "limits")),
        place,
        digest.place if digest else place,
        grant.place if grant else place,
    )


#: An odd number of dollar signs begins the name of a variable.
_VARIABLE: Final = re.compile(r"(?<!\$)(?:\$\$)*\$(?!\$)")


def _folder(folder: str, entry: tree.Entry, problems: list[Problem]) -> Folder | None:
    """A folder that may be there or not; ``None`` after adding to `problems`."""
    written = tree.text(entry.value, "path")
    if written is None:
        return None
    if _VARIABLE.search(written.text):
        hint = "write the path out, and $$ for a dollar sign"
        problems.append(Problem("a policy has no variables", hint, written.place))
        return None
    try:
        path = Path(folder, written.text.replace("$$", "$")).resolve()
    except (OSError, RuntimeError, ValueError):
        message = f"'{tree.excerpt(written.text)}' cannot be the path of a folder"
        problems.append(Problem(message, place=written.place))
        return None
    return Folder(normpath(entry.name), str(path), may_write(entry.value))
