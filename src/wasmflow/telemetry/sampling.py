"""Which transactions have their spans recorded: decided once for each, before anything of it runs.

Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from wasmflow.telemetry.trace import TraceContext

_LOG: Final = logging.getLogger(__name__)
#: The part of a trace's number that ratios look at, so that all who take part decide alike.
_RANGE: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Sampling:
    """Records a part of all traces."""

    #: 0 to 1.
    ratio: float = 1.0
    #: Whether a caller's decision goes before.
    follow: bool = True

    def __call__(self, context: TraceContext, parent: TraceContext | None) -> bool:
        if parent is not None and self.follow:
            return parent.sampled
        return int(context.trace[16:], 16) < round(self.ratio * _RANGE)


_NAMED: Final = {
    "always_on": Sampling(1, follow=False),
    "always_off": Sampling(0, follow=False),
    "traceidratio": Sampling(1, follow=False),
    "parentbased_always_on": Sampling(1),
    "parentbased_always_off": Sampling(0),
    "parentbased_traceidratio": Sampling(1),
}


def sampling_of(environment: Mapping[str, str]) -> Sampling:
    """As the standard variables say. What they say wrongly is told in the log, and ignored, as the
    standard asks."""
    name = environment.get("OTEL_TRACES_SAMPLER", "").strip().lower()
    sampling = _NAMED.get(name)
    if sampling is None:
        if name:
            known = ", ".join(_NAMED)
            _LOG.warning("sampler_unknown", extra={"sampler": name, "known": known})
        return Sampling()
    return replace(sampling, ratio=_ratio(environment)) if name.endswith("ratio") else sampling


def _ratio(environment: Mapping[str, str]) -> float:
    written = environment.get("OTEL_TRACES_SAMPLER_ARG", "").strip()
    try:
        ratio = float(written or 1)
    except ValueError:
        ratio = -1
    if 0 <= ratio <= 1:
        return ratio
    _LOG.warning("sampler_ratio_ignored", extra={"ratio": written, "wanted": "a number, 0 to 1"})
    return 1.0
