"""Reads what `/metrics` shows."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


def readings(text: str) -> dict[tuple[str, Labels], float]:
    """Name and labels to value."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def reading(text: str, metric: str, **labels: str) -> float | None:
    """One value; ``None`` if it is not there."""
    return readings(text).get((metric, frozenset(labels.items())))
