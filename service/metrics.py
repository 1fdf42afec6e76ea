"""What Prometheus reads: each worker's totals, added up over all workers of a server.

A worker keeps its totals in memory and puts a copy into the metrics folder after every flush.
Whoever answers a scrape adds the copies up. prometheus_client's own multi-process mode is not used:
it keeps its values in memory-mapped files, and the kernel kills a process that writes to such a
file when the disk is full; and BentoML points it at a folder that all servers of a machine share.
"""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from core.files import is_locked, replace_file

Labels = tuple[str, ...]
# By family and labels: one number, or a histogram's buckets (not cumulated) and its sum.
Totals = dict[str, dict[Labels, list[float]]]

SECONDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_DECADES = tuple(digit * 10.0**power for power in range(-3, 10) for digit in (1, 3))
# For quantities of any unit, within a factor of three; those below 0 are not told apart, since
# Prometheus' format has no sum beside a bucket below 0.
QUANTITIES = (0.0, *_DECADES)
CHARACTERS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


class Family(NamedTuple):
    """One metric.

    Attributes:
        kind: A counter outlives its worker. Gauges of the living are added up; an info is 1 if any
            of the living says so.
        help: For people.
        labels: Names.
        bounds: Upper ends of a histogram's buckets, without infinity.
    """

    kind: Literal["counter", "gauge", "info", "histogram"]
    help: str
    labels: Labels = ()
    bounds: tuple[float, ...] = ()


INFO = ("model", "version", "role", "scorer_sha256", "config_hash", "data_fingerprint")
FAMILIES = {
    "gatehouse_requests_total": Family("counter", "Requests.", ("route", "method", "status")),
    "gatehouse_request_seconds": Family(
        "histogram", "From a request's arrival to its answer.", ("route",), SECONDS
    ),
    "gatehouse_predictions_total": Family(
        "counter",
        "Texts or rows answered; no label where a quantity is predicted.",
        ("model", "version", "role", "label"),
    ),
    "gatehouse_prediction_seconds": Family(
        "histogram",
        "From a request's arrival to a text's answer; a batch's texts have the whole batch's.",
        ("model", "version"),
        SECONDS,
    ),
    "gatehouse_confidence": Family(
        "histogram", "Probability of the answered class.", ("model", "version"), CONFIDENCES
    ),
    "gatehouse_predicted_value": Family(
        "histogram", "Predicted quantity.", ("model", "version"), QUANTITIES
    ),
    "gatehouse_input_characters": Family(
        "histogram", "Length of the texts, or of the rows as JSON.", ("model",), CHARACTERS
    ),
    "gatehouse_model_info": Family("info", "What is served now.", INFO),
    "gatehouse_challenger_agreement_total": Family(
        "counter",
        "Texts the shadow was asked too.",
        ("model", "champion", "challenger", "agrees"),
    ),
    "gatehouse_feedback_total": Family(
        "counter",
        "Feedback: correct, wrong, measured (a quantity) or of an unmatched request.",
        ("model", "version", "outcome"),
    ),
    "gatehouse_feedback_error": Family(
        "histogram",
        "Absolute error of a quantity, by feedback.",
        ("model", "version"),
        QUANTITIES,
    ),
    "gatehouse_reloads_total": Family(
        "counter", "Releases looked at, by each worker.", ("model", "outcome")
    ),
    "gatehouse_log_pending": Family("gauge", "Rows waiting for the prediction log."),
    "gatehouse_log_rows_total": Family("counter", "Rows in the prediction log."),
    "gatehouse_log_dropped_total": Family("counter", "Rows the prediction log lost."),
    "gatehouse_log_errors_total": Family("counter", "Failed writes of the prediction log."),
    "gatehouse_events_dropped_total": Family("counter", "Events that telemetry lost."),
    "gatehouse_telemetry_errors_total": Family(
        "counter", "Unexpected errors in telemetry's own threads; they are logged."
    ),
    "gatehouse_workers": Family("gauge", "Workers alive."),
    "gatehouse_worker_cpu_seconds_total": Family("counter", "CPU time of all workers."),
    "gatehouse_worker_resident_bytes": Family("gauge", "Memory of all workers."),
}


class Metrics:
    """One worker's totals; not for several threads at once.

    A worker owns a slot of the folder by holding its lock, so that the kernel frees the slot of a
    worker that dies. The next owner goes on counting from the copy in the slot: nothing is lost
    but what came after the last copy, and restarts add no files.

    Args:
        folder: Of this server alone; made if it is missing.

    Raises:
        OSError: the folder can't be used.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._slot, self._lock = _claim(folder)
        self._totals: Totals = {name: {} for name in FAMILIES}
        self._totals.update(_lasting(_read(self._copy)))

    @property
    def _copy(self) -> Path:
        return self._folder / f"{self._slot}.json"

    def add(self, name: str, labels: Labels, amount: float) -> None:
        """Count."""
        self._totals[name].setdefault(labels, [0.0])[0] += amount

    def set(self, name: str, values: dict[Labels, float]) -> None:
        """Replace all values of a gauge or info."""
        self._totals[name] = {labels: [value] for labels, value in values.items()}

    def observe(self, name: str, labels: Sequence[Labels], values: Sequence[float]) -> None:
        """Put values into a histogram; ``labels`` and ``values`` have shape (observations,)."""
        bounds = FAMILIES[name].bounds
        series = self._totals[name]
        for key in set(labels) - series.keys():
            series[key] = [0.0] * (len(bounds) + 2)
        cells = np.searchsorted(bounds, values).tolist()
        for (key, cell), amount in Counter(zip(labels, cells, strict=True)).items():
            series[key][cell] += amount
        for key, value in zip(labels, values, strict=True):
            series[key][-1] += value

    def publish(self) -> None:
        """Put a copy where the other workers find it.

        Raises:
            OSError: it can't be written; the old copy stays.
        """
        plain = {name: list(series.items()) for name, series in self._totals.items() if series}
        replace_file(self._copy, json.dumps(plain).encode())

    def render(self) -> tuple[bytes, bytes]:
        """All workers' totals in Prometheus' text format, and its content type."""
        registry = CollectorRegistry()
        registry.register(_Sums([self._totals, *self._others()]))
        return generate_latest(registry), CONTENT_TYPE_LATEST.encode()

    def close(self) -> None:
        """Give the slot to the next worker; what was counted stays in it."""
        os.close(self._lock)

    def _others(self) -> Iterator[Totals]:
        for path in self._folder.glob("*.json"):
            if path != self._copy:
                totals = _read(path)
                yield totals if is_locked(path.with_suffix(".lock")) else _lasting(totals)


class _Sums(Collector):
    """The sum of several workers' totals, as prometheus_client's families."""

    def __init__(self, parts: Sequence[Totals]) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        for name, family in FAMILIES.items():
            series: dict[Labels, list[float]] = {}
            for part in self._parts:
                for labels, values in part.get(name, {}).items():
                    before = series.get(labels)
                    series[labels] = (
                        [a + b for a, b in zip(before, values, strict=True)] if before else values
                    )
            yield _metric(name, family, series)


def _metric(name: str, family: Family, series: dict[Labels, list[float]]) -> Metric:
    if family.kind == "histogram":
        histogram = HistogramMetricFamily(name, family.help, labels=family.labels)
        ends = [*map(str, family.bounds), "+Inf"]
        for labels, values in series.items():
            cumulated = np.cumsum(values[:-1]).tolist()
            histogram.add_metric(labels, list(zip(ends, cumulated, strict=True)), values[-1])
        return histogram
    if family.kind == "counter":
        counter = CounterMetricFamily(name, family.help, labels=family.labels)
        for labels, values in series.items():
            counter.add_metric(labels, values[0])
        return counter
    gauge = GaugeMetricFamily(name, family.help, labels=family.labels)
    for labels, values in series.items():
        gauge.add_metric(labels, min(values[0], 1) if family.kind == "info" else values[0])
    return gauge


def _lasting(totals: Totals) -> Totals:
    """What stays true of a worker that is gone."""
    kinds = ("counter", "histogram")
    return {name: series for name, series in totals.items() if FAMILIES[name].kind in kinds}


def _read(path: Path) -> Totals:
    try:
        plain = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    return {
        name: {tuple(labels): values for labels, values in series} for name, series in plain.items()
    }


def _claim(folder: Path) -> tuple[int, int]:
    """The first slot without an owner, and the descriptor that owns it from now on."""
    for slot in count():
        descriptor = os.open(folder / f"{slot}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return slot, descriptor
    raise AssertionError("count() ends")
