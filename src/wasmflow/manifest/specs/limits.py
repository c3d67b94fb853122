"""What a manifest may say of limits: those of a collection, and those of its own transactions.

Their keys are the names of `wasmflow.limits.Limits`, so that every place calls a limit the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from wasmflow.limits import COLLECTION, TRANSACTION
from wasmflow.manifest.block import Block

_LARGEST: Final = 1 << 53
_PLAIN: Final = Meta(ge=1, le=_LARGEST)

Size: TypeAlias = (
    Annotated[int, _PLAIN]
    | Annotated[
        str,
        Meta(
            pattern="^[1-9][0-9]{0,11} ?(B|KiB|MiB|GiB)$",
            extra={"noun": "size", "wanted": "a whole number and B, KiB, MiB or GiB behind it"},
        ),
    ]
)
Seconds: TypeAlias = Annotated[float, Meta(ge=0.001, le=2_592_000)]
Count: TypeAlias = Annotated[int, _PLAIN]

_HOST: Final = {"stores": "this is a limit of the host, which no manifest sets"}
_AT_THE_TOP: Final = "it is a limit of transactions: write it under 'limits' beside 'external'"
_IN_AN_ENTRY: Final = "it is a limit of a collection: write it in the entry of that in 'external'"


class LimitsBlock(Block, frozen=True):
    """What a collection may use, in place of what its host would let it."""

    noun = "the block 'limits' of a collection"
    advice: ClassVar[Mapping[str, str]] = {**_HOST, **dict.fromkeys(TRANSACTION, _AT_THE_TOP)}

    memory: Annotated[
        Size | UnsetType, Meta(description="Each linear memory of a store.", examples=["64MiB"])
    ] = UNSET
    memories: Annotated[
        Annotated[int, Meta(ge=1, le=16)] | UnsetType,
        Meta(description="The linear memories of a store."),
    ] = UNSET
    table_elements: Annotated[
        Count | UnsetType, Meta(description="The elements of each table of a store.")
    ] = UNSET
    call_seconds: Annotated[
        Seconds | UnsetType, Meta(description="The time that a call may take.", examples=[0.5])
    ] = UNSET
    call_cpu_seconds: Annotated[
        Seconds | UnsetType,
        Meta(description="The time of a processor that a call may take; waiting is not counted."),
    ] = UNSET
    call_output_bytes: Annotated[
        Size | UnsetType, Meta(description="What a call may send.", examples=["1MiB"])
    ] = UNSET
    call_output_packets: Annotated[
        Count | UnsetType,
        Meta(description="Packets that a call of a streaming component may send."),
    ] = UNSET
    log_bytes: Annotated[Size | UnsetType, Meta(description="What a call may print.")] = UNSET


class TransactionBlock(Block, frozen=True):
    """What a transaction may use that begins in this manifest. Where another one uses it, that one's hold."""

    noun = "the block 'limits' of a manifest"
    advice: ClassVar[Mapping[str, str]] = {**_HOST, **dict.fromkeys(COLLECTION, _IN_AN_ENTRY)}

    transaction_seconds: Annotated[
        Seconds | UnsetType,
        Meta(
            description="The time that a transaction may take; with streams, for which it may stand still."
        ),
    ] = UNSET
    transaction_cpu_seconds: Annotated[
        Seconds | UnsetType,
        Meta(description="The time of all processors that its components may take."),
    ] = UNSET
    transaction_output_bytes: Annotated[
        Size | UnsetType, Meta(description="What it may send to its caller.", examples=["10MiB"])
    ] = UNSET
    transaction_output_packets: Annotated[
        Count | UnsetType, Meta(description="Packets that it may send to its caller.")
    ] = UNSET
    transaction_log_bytes: Annotated[Size | UnsetType, Meta(description="What it may print.")] = (
        UNSET
    )
    transaction_stores: Annotated[
        Count | UnsetType,
        Meta(description="Calls and streaming components that it may have at work at one time."),
    ] = UNSET
    channel_bytes: Annotated[
        Size | UnsetType,
        Meta(description="What its channels may hold where only full channels hold it up."),
    ] = UNSET
    transactions: Annotated[
        Count | UnsetType, Meta(description="Transactions that there may be at one time.")
    ] = UNSET
    waiting: Annotated[
        Count | UnsetType,
        Meta(description="Transactions that may wait for these; one more is refused."),
    ] = UNSET
