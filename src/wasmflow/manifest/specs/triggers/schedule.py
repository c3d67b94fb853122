"""What a manifest may say of a trigger that runs a component at certain times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType, field

from wasmflow.manifest.specs.triggers.trigger import (
    ComponentName,
    Constants,
    TriggerBlock,
    TriggerSeconds,
)


class ScheduleBlock(TriggerBlock, frozen=True, tag="schedule"):
    """Runs a component at the times of a cron expression, or every so often."""

    noun = "a trigger of kind schedule"
    advice: ClassVar[Mapping[str, str]] = {
        **TriggerBlock.advice,
        "schedule": "write cron: or every:",
        "payload": "write with: {PORT: VALUE}",
        "timezone": "write zone:",
        "interval": "write every:, in seconds",
    }
    variable = (("cron",), ("zone",))

    component: ComponentName
    cron: Annotated[
        str | UnsetType,
        Meta(
            description="When: five fields (minute, hour, day of the month, month, day of the week), or "
            "six with seconds in front. Each is `*`, a number, a range `1-5`, a list `1,15`, or a "
            "step `*/5`; months and days have names, too.",
            examples=["*/5 * * * *", "30 0 2 * * MON-FRI"],
        ),
    ] = UNSET
    every: Annotated[
        TriggerSeconds | UnsetType,
        Meta(
            description="Seconds from one time to the next, in place of `cron`; the first is the next "
            "multiple of them since 1970.",
            examples=[30],
        ),
    ] = UNSET
    zone: Annotated[
        str,
        Meta(
            description="The time zone of `cron` and `time`, by its IANA name.",
            examples=["UTC", "Europe/Berlin"],
        ),
    ] = "UTC"
    with_: Constants = field(default_factory=dict, name="with")
    time: Annotated[
        str | UnsetType,
        Meta(
            description="The input port that is given the time it was due at: ISO 8601 for a string, "
            "milliseconds since 1970 for everything else.",
        ),
    ] = UNSET
    overlap: Annotated[
        Literal["skip", "wait", "allow", "cancel"],
        Meta(
            description="What happens when the last run has not ended: `skip` leaves the new one out; "
            "with `wait` it waits for that, one at most; with `allow` it runs beside it, 100 at most; "
            "with `cancel` it takes its place."
        ),
    ] = "skip"
    jitter: Annotated[
        float,
        Meta(
            ge=0, le=86_400, description="Seconds that each run is put off by at most, at random."
        ),
    ] = 0.0
    timeout: Annotated[
        TriggerSeconds | UnsetType,
        Meta(description="Seconds that a run may take; the limit of transactions if left out."),
    ] = UNSET
