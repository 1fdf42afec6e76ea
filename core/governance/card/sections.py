"""All sections of a card, in order."""

import math
from collections.abc import Sequence

from core.config.card import CardConfig
from core.config.rules import FEW_ROWS
from core.evaluation.evaluation import Evaluation
from core.evaluation.metrics import METRIC_TITLES, figure
from core.governance.card.blocks import (
    Paragraph,
    Points,
    Section,
    Table,
    facts,
    listed,
    minute,
    short,
)
from core.governance.card.judged import comparison_section, decision_section, people_section
from core.governance.card.measured import (
    calibration_section,
    classes_section,
    explanation_section,
    metrics_section,
    residuals_section,
    slices_section,
    threshold_section,
)
from core.governance.case import Case
from core.governance.ledger import Entry


def sections(
    case: Case,
    about: CardConfig,
    entries: Sequence[Entry],
    *,
    version: str | None,
    released_at: str | None,
    bento: str | None,
) -> tuple[Section, ...]:
    """The arguments are those of ``render_card``."""
    evaluation = case.evaluation
    made = (
        _model(case, about, version, released_at),
        _data(case),
        _candidates(case),
        metrics_section(evaluation),
        classes_section(evaluation),
        calibration_section(evaluation),
        threshold_section(evaluation),
        residuals_section(evaluation),
        slices_section(evaluation),
        explanation_section(evaluation),
        comparison_section(case.decision),
        decision_section(case),
        people_section(case, entries, is_released=version is not None),
        _limits(case, about),
        _lineage(case, bento),
    )
    return tuple(section for section in made if section is not None)


def _model(case: Case, about: CardConfig, version: str | None, released_at: str | None) -> Section:
    missing = "Nobody has stated it: the config's card.intended_use is empty."
    return Section(
        "model",
        "Model and intended use",
        "",
        (
            Paragraph(about.intended_use or missing),
            facts(
                ("Task", case.task.replace("_", " ")),
                ("Classes", listed(case.evaluation.labels)),
                ("Candidate", case.selected.name),
                ("Trained, UTC", minute(case.selected.trained_at)),
                ("Released, UTC", minute(released_at) if released_at else "not yet"),
                ("Version", version or "none yet"),
                ("Owner", about.owner),
                ("License", about.license),
            ),
        ),
    )


def _data(case: Case) -> Section:
    data, evaluation = case.data, case.evaluation
    kinds = dict.fromkeys(part.kind for part in evaluation.slices)
    rows = tuple((name, f"{count:,}") for name, count in data.splits.items())
    blocks = (
        facts(
            ("Source", data.source),
            ("Rows", f"{data.rows:,}"),
            ("Input columns", listed(data.columns)),
            ("Predicted column", data.target),
            ("SHA-256 of the rows", data.fingerprint),
            ("Slices by", listed(kinds)),
            ("Drift in production", _drift(case)),
        ),
        Table("Splits", ("Split", "Rows"), rows),
    )
    return Section("data", "Data", "", blocks)


def _drift(case: Case) -> str | None:
    if (drift := case.drift) is None:
        return None
    return f"{drift.severity} in the batch of {drift.at:%Y-%m-%d %H:%M} (run {drift.run})"


def _candidates(case: Case) -> Section:
    names = tuple(case.selected.metrics)
    rows = tuple(
        (
            short(candidate.name),
            *(figure(name, candidate.metrics.get(name, math.nan)) for name in names),
            f"{candidate.fit_seconds:.2f}",
        )
        for candidate in case.candidates
    )
    header = ("Candidate", *(METRIC_TITLES.get(name, name) for name in names), "Fit, seconds")
    table = Table("Candidates", header, rows, chosen=short(case.selected.name))
    note = f"Compared on the validation split; {short(case.selected.name)} was chosen."
    return Section("candidates", "Candidates", note, (table,))


def _limits(case: Case, about: CardConfig) -> Section:
    evaluation = case.evaluation
    known = (
        f"Measured on {evaluation.rows:,} rows of the same source as the training data. Other "
        "sources, times and languages were not measured.",
        "The intervals cover the choice of test rows, not that of training rows or seeds.",
        *_gaps(evaluation),
        *_thin(evaluation),
    )
    return Section("limits", "Limits", "", (Points((*about.limits, *known)),))


def _gaps(evaluation: Evaluation) -> list[str]:
    """Where the model is worse."""
    gaps = [
        f"{part.name} ({figure(part.metric, part.shown)}, the rest "
        f"{figure(part.metric, math.nan if part.rest is None else part.rest)})"
        for part in evaluation.gaps
    ]
    if not gaps:
        return []
    title = METRIC_TITLES[evaluation.gaps[0].metric]
    return [f"Worse than the rest beyond chance, by {title}: {listed(gaps)}."]


def _thin(evaluation: Evaluation) -> list[str]:
    """What the test rows can say little about."""
    few = [f"{row.label} ({row.support})" for row in evaluation.per_class if row.support < FEW_ROWS]
    parts = [f"{part.name} ({part.rows})" for part in evaluation.slices if part.rows < FEW_ROWS]
    undefined = [name for name, found in evaluation.metrics.items() if math.isnan(found.value)]
    said = (("Classes", few), ("Slices", parts))
    points = [f"{what} with fewer than {FEW_ROWS} test rows: {listed(n)}." for what, n in said if n]
    return points + [f"Undefined on these rows: {listed(undefined)}."] * bool(undefined)


def _lineage(case: Case, bento: str | None) -> Section:
    where = facts(
        ("ZenML run", case.run),
        ("MLflow run", case.selected.tracking_run_id),
        ("Bento", bento),
        ("SHA-256 of the config", case.config_hash),
        ("SHA-256 of the rows", case.data.fingerprint),
        ("SHA-256 of the model", case.model_sha256),
        ("Seed", str(case.seed)),
        ("Commit", case.git_commit),
        ("Libraries", listed(f"{name} {version}" for name, version in case.libraries.items())),
    )
    return Section("lineage", "Lineage", "What is needed to trace and to repeat it.", (where,))
