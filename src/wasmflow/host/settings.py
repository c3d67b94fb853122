"""What a host is told when it starts; every field has a default that protects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wasmflow.grants import NOTHING, Grants
from wasmflow.limits import Limits, ceiling_of


def cache_folder() -> Path:
    """Where compiled code is kept: ``$WASMFLOW_CACHE``, else the user's cache folder (XDG)."""
    if named := os.environ.get("WASMFLOW_CACHE"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wasmflow"


@dataclass(frozen=True)
class Settings:
    """The settings of a host."""

    limits: Limits = field(default_factory=Limits)
    #: The most that a manifest can say of limits; ``None`` for `wasmflow.limits.CEILING`, and where `limits`
    #: are set to other than their defaults, for these.
    ceiling: Limits | None = None
    #: Compiled code is native code: a folder that only its owner may write.
    cache: Path = field(default_factory=cache_folder)
    #: What a component that is opened by itself may use; a manifest says that of those that it uses.
    grant: Grants = NOTHING
    #: The file of the policy that the artifact must keep to, if there is one.
    policy: str | os.PathLike[str] | None = None
    #: The environment variables that the outermost manifest may substitute.
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def limited(self, said: Mapping[str, Any]) -> Settings:
        """The same with these limits, by name, which are also the most that a manifest can say."""
        ceiling = replace(self.ceiling or ceiling_of(self.limits), **said)
        return replace(self, limits=replace(self.limits, **said), ceiling=ceiling)
