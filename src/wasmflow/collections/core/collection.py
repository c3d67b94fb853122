"""The collection that every manifest has: components that are about the flow and not about the world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wasmflow.collections.core.drop import DROP
from wasmflow.collections.core.fail import FAIL
from wasmflow.collections.core.first import FIRST
from wasmflow.collections.core.format import FORMAT
from wasmflow.collections.core.joins import CONCAT, INTERLEAVE, RACE, ZIP
from wasmflow.collections.core.lists import BATCH, COLLECT, EACH
from wasmflow.collections.core.log import LOG
from wasmflow.collections.core.merge import MERGE
from wasmflow.collections.core.parse import PARSE
from wasmflow.collections.core.pluck import PLUCK
from wasmflow.collections.core.sender import SENDER
from wasmflow.collections.core.switch import SWITCH
from wasmflow.collections.core.take import TAKE
from wasmflow.collections.core.template import CoreTemplate
from wasmflow.component import About, Callee, Transaction, Use
from wasmflow.errors import ProblemsError
from wasmflow.naming import lookup

TEMPLATES: Final[Mapping[str, CoreTemplate]] = {
    template.outline.name: template
    for template in (
        *(SENDER, MERGE, PLUCK, PARSE, FORMAT, FIRST, SWITCH, LOG, FAIL, DROP),
        *(EACH, COLLECT, BATCH, TAKE, ZIP, INTERLEAVE, CONCAT, RACE),
    )
}


class CoreCollection:
    """`core`. Holds nothing, so that releasing and closing it do nothing."""

    @property
    def about(self) -> About:
        return About("core", "Components about the flow itself: generic over types, always there.")

    @property
    def definitions(self) -> Mapping[str, CoreTemplate]:
        return TEMPLATES

    @property
    def refused(self) -> Mapping[str, str]:
        return {}

    def component(self, name: str, use: Use) -> Callee:
        """As the contract says; raises `ProblemsError` for a use that its template has problems with."""
        template = lookup(name, TEMPLATES)
        if template is None:
            raise KeyError(name)
        signature = template.signature(use)
        if isinstance(signature, list):
            raise ProblemsError(signature)
        return template.bind(signature, use)

    def release(self, transaction: Transaction) -> None:
        pass

    async def aclose(self) -> None:
        pass
