"""What a manifest may say of a collection that is another manifest."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from wasmflow.manifest.specs.external import ExternalBlock


class ManifestBlock(ExternalBlock, frozen=True, tag="manifest"):
    """Another manifest: each of its flows is a component."""

    noun = "a collection of kind manifest"
    spellings = ("Manifest",)
    suffixes = (".yaml", ".yml", ".wafl")

    variables: Annotated[
        dict[str, str],
        Meta(
            description="The environment variables that the other manifest sees; it sees no others.",
            examples=[{"COMPONENTS": "$COMPONENTS"}],
        ),
    ] = field(default_factory=dict)
