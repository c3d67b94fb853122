"""What metrics say beside counts: which program this is, and what its processes use."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from wasmflow.version import __version__


class BuildCollector(Collector):
    """The versions of the program and of what it stands on."""

    def collect(self) -> Iterable[Metric]:
        labels = {
            "version": __version__,
            "python": platform.python_version(),
            "wasmtime": version("wasmtime"),
        }
        family = GaugeMetricFamily(
            "wasmflow_build_info", "Always 1; its labels say what is running.", labels=[*labels]
        )
        family.add_metric([*labels.values()], 1)
        return [family]


class ProcessesCollector(Collector):
    """The usual metrics of a process, for several, told apart by a label."""

    def __init__(self, processes: Callable[[], Mapping[str, int]]) -> None:
        self._processes = processes

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for name, pid in self._processes().items():
            for metric in _of_process(pid):
                new = Metric(metric.name, metric.documentation, metric.type)
                family = families.setdefault(metric.name, new)
                for sample in metric.samples:
                    family.add_sample(sample.name, {"process": name}, sample.value)
        return families.values()


def _of_process(pid: int) -> Iterable[Metric]:
    """Nothing if it has ended."""
    return ProcessCollector(pid=lambda: pid, registry=None).collect()
