"""The JSON Schema of manifests, for editors: made from the models, published with the package.

``wasmflow schema`` prints the file `FILE` beside this module, which ``scripts/schema.py`` writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from wasmflow.manifest.block import Tagged
from wasmflow.manifest.document import Document
from wasmflow.manifest.specs import EXTERNALS
from wasmflow.manifest.specs.triggers import TRIGGERS

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
FILE: Final = "schema.json"


def schema_text() -> str:
    """What `FILE` has to hold."""
    return msgspec.json.format(msgspec.json.encode(_schema()), indent=2).decode() + "\n"


def _schema() -> dict[str, Any]:
    schema = msgspec.json.schema(Document)
    for part in _parts(schema):
        part.pop("discriminator", None)  # of OpenAPI, and it knows one spelling of a kind only
    definitions = schema["$defs"]
    for definition in definitions.values():
        del definition["title"]  # the name of a class, which editors would show
    tables: dict[str, Mapping[str, type[Tagged]]] = {"collection": EXTERNALS, "trigger": TRIGGERS}
    for what, kinds in tables.items():
        for kind, block in kinds.items():
            definitions[block.__name__]["properties"]["kind"] = {
                "description": f"What the {what} is.",
                "enum": [kind, *block.spellings],
            }
    return {"$schema": DRAFT, "title": "Wasmflow manifest", **schema}


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from _parts(part)
