"""What rules look at: everything measured about a candidate, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.config.rules import CLASS
from core.evaluation.comparison import Comparison
from core.evaluation.evaluation import Evaluation
from core.evaluation.slice_differences import SliceDifference


@dataclass(frozen=True)
class SliceFindings:
    """One part of the test rows.

    Attributes:
        kind: Which property the rows share.
        value: Its value.
        rows: How many they are.
        metrics: Values by metric; what the rows don't define is missing.
        compared: How many of them the champion was measured on too.
        differences: Candidate minus champion on those, by metric; empty where there are none.
        intervals: Intervals of such differences, by metric.
    """

    kind: str
    value: str
    rows: int
    metrics: Mapping[str, float]
    compared: int = 0
    differences: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """A candidate.

    Attributes:
        metrics: Value by split, then by metric.
        measures: Of the model itself; see ``core.config.rules.Measure``.
        slices: Parts of the test rows.
        differences: Candidate minus champion by metric, on all compared rows.
        intervals: Intervals of such differences, by metric.
        unopposed: Why nothing was compared; empty when there was a comparison.
    """

    metrics: Mapping[str, Mapping[str, float]]
    measures: Mapping[str, float] = field(default_factory=dict)
    slices: tuple[SliceFindings, ...] = ()
    differences: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unopposed: str = ""


def findings_of(
    validation: Mapping[str, float],
    evaluation: Evaluation,
    measures: Mapping[str, float],
    comparison: Comparison,
) -> Findings:
    """Put together what the steps measured.

    Args:
        validation: Value by metric on the validation split.
        evaluation: On the test split.
        measures: Of the model itself.
        comparison: With the model in production, on the test split.
    """
    compared = {(part.kind, part.value): part for part in comparison.slices}
    classes = [(CLASS, row.label, row.support, row.scores()) for row in evaluation.per_class]
    parts = [(row.kind, row.value, row.rows, row.metrics) for row in evaluation.slices]
    return Findings(
        metrics={"validation": validation, "test": evaluation.values()},
        measures=measures,
        slices=tuple(
            _slice(kind, value, rows, metrics, compared.get((kind, value)))
            for kind, value, rows, metrics in (*classes, *parts)
        ),
        differences=comparison.differences,
        intervals=comparison.intervals,
        unopposed=comparison.reason if comparison.champion is None else "",
    )


def _slice(
    kind: str, value: str, rows: int, metrics: Mapping[str, float], found: SliceDifference | None
) -> SliceFindings:
    if found is None:
        return SliceFindings(kind, value, rows, metrics)
    return SliceFindings(kind, value, rows, metrics, found.rows, found.differences, found.intervals)
