"""The sections of a card that hold what was measured on held-out rows."""

from collections.abc import Iterable

from core.evaluation.evaluation import Evaluation, Weighing
from core.evaluation.metrics import GREATER_IS_BETTER, IN_UNITS, METRIC_TITLES, figure
from core.evaluation.report import METHODS
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
    facts,
    number,
    short,
)

WIDEST_MATRIX = 20
MOST_ROWS = 60
MOST_TABLES = 10


def metrics_section(evaluation: Evaluation) -> Section:
    """Each metric with its interval."""
    rows = tuple(
        (
            METRIC_TITLES.get(name, name),
            figure(name, estimate.value),
            between(figure(name, estimate.low), figure(name, estimate.high)),
            "higher" if GREATER_IS_BETTER.get(name, True) else "lower",
        )
        for name, estimate in evaluation.metrics.items()
    )
    table = Table("Metrics on the test split", ("Metric", "Value", "95% interval", "Better"), rows)
    note = f"On {evaluation.rows:,} rows that the model has not seen, with 95% bootstrap intervals."
    return Section("metrics", "Metrics", note, (table,))


def classes_section(evaluation: Evaluation) -> Section | None:
    """Scores of each class, and which is taken for which; None without classes."""
    if not evaluation.per_class:
        return None
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


def calibration_section(evaluation: Evaluation) -> Section | None:
    """Whether the model is as sure as it is right; None without classes."""
    if not (bins := evaluation.reliability):
        return None
    rows = tuple((number(row.confidence), number(row.accuracy), f"{row.count:,}") for row in bins)
    table = Table("Reliability", ("Mean confidence", "Accuracy", "Test rows"), rows)
    note = "A calibrated model is right as often as it says. Below the diagonal it is too sure."
    return Section("calibration", "Calibration", note, (Reliability(bins), table))


def threshold_section(evaluation: Evaluation) -> Section | None:
    """Ranking of two classes, and the cheapest threshold; None without two classes."""
    if (choice := evaluation.threshold) is None:
        return None
    saving, curves = choice.test_saving, evaluation.curves
    chosen = facts(
        ("Looked for", choice.positive),
        ("Average precision", None if curves is None else number(curves.average_precision)),
        ("Cost of a false positive", f"{choice.false_positive:g}"),
        ("Cost of a false negative", f"{choice.false_negative:g}"),
        ("Cheapest threshold", number(choice.threshold)),
        ("Its cost per test row", number(choice.test_cost)),
        ("Cost with 0.5", number(choice.test_cost_of_half)),
        (
            "Saved per test row",
            f"{number(saving.value)}, 95% interval "
            f"{between(number(saving.low), number(saving.high))}",
        ),
    )
    note = "Chosen on the validation split by the config's costs; the model's answers keep 0.5."
    return Section("threshold", "Threshold", note, (chosen,))


def residuals_section(evaluation: Evaluation) -> Section | None:
    """How far predictions are off, and how often their interval held; None for classes."""
    residuals, coverage = evaluation.residuals, evaluation.coverage
    if residuals is None or coverage is None:
        return None
    mean, ends = residuals.mean, (residuals.mean.low, residuals.mean.high)
    found = facts(
        ("Mean", f"{_unit(mean.value)}, 95% interval {between(*map(_unit, ends))}"),
        ("Standard deviation", _unit(residuals.deviation)),
        ("Prediction interval made to hold", f"{coverage.wanted:.4g} of true values"),
        (
            "It held on the test split",
            f"{number(coverage.observed)}, 95% interval "
            f"{between(number(coverage.low), number(coverage.high))}",
        ),
        ("Its mean width", _unit(coverage.mean_width)),
    )
    rows = tuple((name, _unit(value)) for name, value in residuals.quantiles.items())
    table = Table("Quantiles of prediction minus truth", ("Quantile", "Value"), rows)
    note = "Prediction minus truth, in the unit of the predicted column."
    return Section("residuals", "Residuals", note, (found, table))


def slices_section(evaluation: Evaluation) -> Section | None:
    """Parts of the rows, and which are worse than the rest; None when there are none."""
    if not (slices := evaluation.slices):
        return None
    metric = slices[0].metric
    rows = tuple(
        (
            short(part.name),
            f"{part.rows:,}",
            figure(metric, part.shown),
            between(figure(metric, part.low), figure(metric, part.high)),
            "" if part.rest is None else figure(metric, part.rest),
            "worse" if part.is_gap else "",
        )
        for part in slices
    )
    overall, title = evaluation.metrics[metric].value, METRIC_TITLES[metric]
    start, end = min(part.low for part in slices), max(part.high for part in slices)
    spans = tuple(Span(p.shown, p.low, p.high, start, end, overall) for p in slices)
    header = ("Slice", "Test rows", title, "95% interval", "The rest", "Beyond chance")
    table = Table(f"{title} of each slice", header, rows[:MOST_ROWS], spans[:MOST_ROWS])
    note = (
        f"The line across is the {title} of all rows. Worse: than all other rows, with p below "
        "0.05 after correction for the number of slices (Holm 1979)."
    )
    return Section("slices", "Slices", note, (table, *left_out(rows)))


def explanation_section(evaluation: Evaluation) -> Section | None:
    """Columns or words by how much they matter; None where that was not looked at."""
    found = evaluation.explanation
    if not found.weighings and not found.notes:
        return None
    tables = tuple(_weights(weighing) for weighing in found.weighings[:MOST_TABLES])
    left = len(found.weighings) - len(tables)
    more = (f"{left} more classes are in the evaluation of the run.",) if left else ()
    notes = tuple(Paragraph(text) for text in (*found.notes, *more))
    return Section("explanation", "What the model looks at", "", (*tables, *notes))


def _weights(weighing: Weighing) -> Table:
    unit = weighing.unit[:1].upper() + weighing.unit[1:]
    about = f": {short(weighing.output)}" * bool(weighing.output)
    has_spread = any(weight.spread for weight in weighing.weights)
    rows = tuple(
        (short(weight.name), _unit(weight.value), *(_unit(weight.spread),) * has_spread)
        for weight in weighing.weights
    )
    # Markdown has no captions.
    header = (short(weighing.output) or "Name", unit, *("Spread",) * has_spread)
    return Table(METHODS[weighing.method] + about, header, rows)


def _unit(value: float) -> str:
    """In the unit of the predicted quantity."""
    return figure(IN_UNITS[0], value)


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
