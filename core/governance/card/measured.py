"""The sections of a card that hold what was measured on held-out rows."""

from collections.abc import Iterable

from core.evaluation.evaluation import Evaluation
from core.evaluation.metrics import GREATER_IS_BETTER
from core.evaluation.report import METRIC_TITLES
from core.governance.card.blocks import (
    Block,
    Cell,
    Paragraph,
    Reliability,
    Section,
    Shade,
    Span,
    Table,
    between,
    number,
    short,
)

WIDEST_MATRIX = 20
MOST_ROWS = 60


def metrics_section(evaluation: Evaluation) -> Section:
    """Each metric with its interval."""
    rows = tuple(
        (
            METRIC_TITLES.get(name, name),
            number(estimate.value),
            between(number(estimate.low), number(estimate.high)),
            "higher" if GREATER_IS_BETTER.get(name, True) else "lower",
        )
        for name, estimate in evaluation.metrics.items()
    )
    table = Table("Metrics on the test split", ("Metric", "Value", "95% interval", "Better"), rows)
    note = f"On {evaluation.rows:,} rows that the model has not seen, with 95% bootstrap intervals."
    return Section("metrics", "Metrics", note, (table,))


def classes_section(evaluation: Evaluation) -> Section:
    """Scores of each class, and which is taken for which."""
    scores = tuple(
        (short(row.label), *map(number, (row.precision, row.recall, row.f1)), f"{row.support:,}")
        for row in evaluation.per_class
    )
    table = Table(
        "Scores of each class",
        ("Class", "Precision", "Recall", "F1", "Test rows"),
        scores[:MOST_ROWS],
    )
    note = "A class that no row has, or that is never predicted, scores 0."
    return Section("classes", "Classes", note, (table, *left_out(scores), _confusion(evaluation)))


def calibration_section(evaluation: Evaluation) -> Section:
    """Whether the model is as sure as it is right."""
    bins = evaluation.reliability
    rows = tuple((number(row.confidence), number(row.accuracy), f"{row.count:,}") for row in bins)
    table = Table("Reliability", ("Mean confidence", "Accuracy", "Test rows"), rows)
    note = "A calibrated model is right as often as it says. Below the diagonal it is too sure."
    return Section("calibration", "Calibration", note, (Reliability(bins), table))


def slices_section(evaluation: Evaluation) -> Section | None:
    """Parts of the rows; None when there are none."""
    if not (slices := evaluation.slices):
        return None
    rows = tuple(
        (
            short(part.name),
            f"{part.rows:,}",
            number(part.metrics.get("accuracy", float("nan"))),
            between(number(part.low), number(part.high)),
            number(part.metrics.get("f1_macro", float("nan"))),
        )
        for part in slices
    )
    overall = evaluation.metrics["accuracy"].value
    start = min(part.low for part in slices)
    spans = tuple(
        Span(part.metrics.get("accuracy", float("nan")), part.low, part.high, start, 1, overall)
        for part in slices
    )
    header = ("Slice", "Test rows", "Accuracy", "95% interval", "Macro F1")
    table = Table("Accuracy of each slice", header, rows[:MOST_ROWS], spans[:MOST_ROWS])
    note = "With 95% Wilson intervals; the line across is the accuracy on all rows."
    return Section("slices", "Slices", note, (table, *left_out(rows)))


def left_out(rows: Iterable[object]) -> tuple[Block, ...]:
    """What to say about the rows of a table that is too long for a card."""
    more = len(list(rows)) - MOST_ROWS
    text = f"{more} more are in the evaluation of the run, which the lineage names."
    return (Paragraph(text),) if more > 0 else ()


def _confusion(evaluation: Evaluation) -> Table:
    labels, counts = evaluation.labels, evaluation.confusion
    totals = [max(sum(row), 1) for row in counts]
    if len(labels) > WIDEST_MATRIX:
        return _frequent_confusions(labels, counts, totals)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (short(label), *(Shade(count, count / total) for count in row))
        for label, row, total in zip(labels, counts, totals, strict=True)
    )
    header = ("True class \\ predicted", *map(short, labels))
    return Table("Confusion matrix: test rows, and their share of the true class", header, rows)


def _frequent_confusions(
    labels: tuple[str, ...], counts: list[list[int]], totals: list[int]
) -> Table:
    wrong = [
        (count, i, j)
        for i, row in enumerate(counts)
        for j, count in enumerate(row)
        if i != j and count
    ]
    rows = tuple(
        (short(labels[i]), short(labels[j]), f"{count:,}", f"{count / totals[i]:.0%}")
        for count, i, j in sorted(wrong, key=lambda item: (-item[0], *item[1:]))[:WIDEST_MATRIX]
    )
    header = ("True class", "Predicted class", "Test rows", "Share of the true class")
    return Table("The most frequent confusions", header, rows)
