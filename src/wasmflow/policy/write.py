"""The policy that allows an artifact as it is now, and nothing more, as text for a file.

The same artifact makes the same text, with a line for each thing that can change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Final

import msgspec

from wasmflow.component import About
from wasmflow.grants import NOTHING
from wasmflow.limits import COLLECTION, TRANSACTION, Limits, format_limit
from wasmflow.policy.model import SHA256, VERSION, ArtifactLimits, CollectionLimits
from wasmflow.yamltext import yaml_text

_HEAD: Final = """\
# What {name} consists of, and the most that it may use, as `wasmflow audit --lock` found it.
# Given this file with --policy, a command refuses what goes beyond. After a change that you have looked
# at, write it anew; or by hand: what has no digest may be anything, a grant that is left out gives
# nothing, a limit that is left out may be any.
policy: {version}"""

#: A size as manifests write it; other limits are numbers there.
_SIZE: Final = re.compile("[1-9][0-9]{0,11} (B|KiB|MiB|GiB)")


def policy_text(about: About, folder: str) -> str:
    """The policy for an opened artifact, in a folder: an absolute path without links."""
    return "".join(f"{line}\n" for line in _lines(about, folder))


def _lines(about: About, folder: str) -> Iterator[str]:
    yield _HEAD.format(name=yaml_text(Path(about.origin).name), version=VERSION)
    usual = about.limits or Limits()
    yield from _block("limits", _limits(usual, COLLECTION))
    yield from _entry("artifact", about, TRANSACTION, folder)
    yield from _block("collections", _parts(about, usual, folder))


def _block(name: str, lines: Iterable[str]) -> list[str]:
    """A key with lines beneath it; nothing without any."""
    indented = [f"  {line}" for line in lines]
    return [f"{name}:", *indented] if indented else []


def _parts(about: About, usual: Limits, folder: str) -> Iterator[str]:
    for path, part in sorted(about.tree(), key=itemgetter(0)):
        if path:
            yield f"# {yaml_text(os.path.relpath(part.origin, folder))}"
            limits = part.limits or usual
            others = [n for n in COLLECTION if getattr(limits, n) != getattr(usual, n)]
            yield from _entry(yaml_text(path), part, others, folder)


def _entry(name: str, about: About, limits: Iterable[str], folder: str) -> list[str]:
    """What one collection is and may use, with these limits."""
    lines = [
        *([f"digest: {SHA256}{about.digest}"] if about.digest else []),
        *_block("grant", (about.granted or NOTHING).parts(folder)),
        *_block("limits", _limits(about.limits or Limits(), limits)),
    ]
    return _block(name, lines) or [f"{name}: {{}}"]


def _limits(limits: Limits, names: Iterable[str]) -> Iterator[str]:
    """Those that a policy can say: a host may be told to allow more than any can."""
    for name in names:
        value = getattr(limits, name)
        if value is not None and can_be_said(name, value):
            yield f"{name}: {limit_text(name, value)}"


def can_be_said(name: str, value: float) -> bool:
    """Whether a policy can hold this limit."""
    block = CollectionLimits if name in COLLECTION else ArtifactLimits
    try:
        msgspec.convert({name: value}, block)
    except msgspec.ValidationError:
        return False
    return True


def limit_text(name: str, value: float) -> str:
    """A limit as a manifest or policy writes it."""
    text = format_limit(name, value)
    if _SIZE.fullmatch(text):
        return text
    return str(int(value) if value == int(value) else value)
