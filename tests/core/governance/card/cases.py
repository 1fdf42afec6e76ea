"""A case with everything in it, and its ledger."""

from typing import Any

from core.config.card import CardConfig
from core.config.rules import Rule
from core.evaluation.comparison import Comparison
from core.evaluation.evaluation import (
    ClassRow,
    Estimate,
    Evaluation,
    Explanation,
    IntervalCoverage,
    ReliabilityBin,
    Residuals,
    SliceRow,
    Weighing,
    Weight,
)
from core.evaluation.mcnemar import McNemar
from core.evaluation.slice_differences import SliceDifference
from core.governance.case import Case, DataFacts
from core.governance.decision import Decision
from core.governance.ledger import Draft, Entry, seal
from core.governance.rules import RuleResult
from core.models.parity import ParityReport
from core.tasks.training import CandidateResult

LABELS = ("World", "Sports", "Business", "Sci/Tech")
ABOUT = CardConfig(
    intended_use="Sorts English news headlines for the desk.\nNot read by machines.",
    limits=("Not for social media.",),
    owner="newsdesk@example.org",
    license="CC-BY-4.0",
)
METRICS = {
    "accuracy": (0.9231, 0.9087, 0.9362),
    "f1_macro": (0.9212, 0.9061, 0.9349),
    "precision_macro": (0.9215, 0.9070, 0.9351),
    "recall_macro": (0.9211, 0.9058, 0.9347),
    "auc": (0.9876, 0.9832, 0.9914),
    "log_loss": (0.2361, 0.2042, 0.2710),
    "ece": (0.0213, 0.0140, 0.0331),
}


def evaluation(labels: tuple[str, ...] = LABELS, **changes: Any) -> Evaluation:
    """Of as many classes as there are labels."""
    count = len(labels)
    values: dict[str, Any] = {
        "rows": 50 * count,
        "labels": labels,
        "metrics": {
            name: Estimate(value=value, low=low, high=high)
            for name, (value, low, high) in METRICS.items()
        },
        "per_class": tuple(
            ClassRow(label=label, precision=0.93, recall=0.92, f1=0.925, support=50 - 20 * (i == 3))
            for i, label in enumerate(labels)
        ),
        "confusion": [[46 if i == j else i % 2 for j in range(count)] for i in range(count)],
        "reliability": tuple(
            ReliabilityBin(confidence=c, accuracy=a, count=n)
            for c, a, n in ((0.45, 0.41, 6), (0.56, 0.6, 11), (0.75, 0.71, 23), (0.96, 0.98, 160))
        ),
        "slices": tuple(
            SliceRow(
                kind=kind,
                value=value,
                rows=rows,
                metrics={"accuracy": accuracy, "f1_macro": accuracy - 0.01},
                low=accuracy - 30 / (rows + 200),
                high=min(accuracy + 20 / (rows + 200), 1),
            )
            for kind, value, rows, accuracy in (
                ("length", "1-142 characters", 60, 0.89),
                ("length", "143-600 characters", 140, 0.94),
                ("source", "wire", 180, 0.93),
                ("source", "blog", 20, 0.81),
            )
        ),
    }
    return Evaluation(**values | changes)


def regression(**changes: Any) -> Evaluation:
    """Of a quantity, with a slice that is worse and what the model looks at."""
    values: dict[str, Any] = {
        "rows": 220,
        "labels": (),
        "metrics": {
            name: Estimate(value=value, low=0.9 * value, high=1.1 * value)
            for name, value in (("r2", 0.83), ("rmse", 52_300), ("mae", 40_100), ("mape", 0.2))
        },
        "residuals": Residuals(
            mean=Estimate(value=-131.8, low=-621.5, high=374.4),
            deviation=52_299,
            quantiles={"min": -141_510, "50%": -26.559, "max": 180_140},
            points=((1.0, 1.1), (2.0, 1.9)),
            edges=(-1.0, 0.0, 1.0),
            counts=(1, 1),
            normal=(),
        ),
        "coverage": IntervalCoverage(
            wanted=0.9, observed=0.8909, low=0.8428, high=0.9256, mean_width=115_650
        ),
        "slices": tuple(
            SliceRow(
                kind="region", value=value, rows=rows, metrics={"mae": mae, "rmse": 2 * mae},
                low=0.8 * mae, high=1.2 * mae, metric="mae", rest=40_000, p_value=p,
                is_gap=p < 0.05,
            )
            for value, rows, mae, p in (("west", 60, 56_360, 1e-9), ("east", 160, 10_358, 1))
        ),
        "explanation": Explanation(
            weighings=(
                Weighing(
                    method="permutation", unit="loss of r2", rows=220,
                    weights=(Weight(name="size", value=1.9573, spread=0.11209),),
                ),
            ),
            notes=("Something was left out.",),
        ),
    }  # fmt: skip
    return Evaluation(**values | changes)


def comparison(**changes: Any) -> Comparison:
    values: dict[str, Any] = {
        "champion": 0.9101,
        "candidate": 0.9231,
        "difference": 0.0130,
        "low": 0.0021,
        "high": 0.0244,
        "confidence": 0.95,
        "margin": 0.02,
        "verdict": "better",
        "reason": "accuracy +0.0130 on the same rows; [+0.0021, +0.0244] lies above 0",
        "rows": 200,
        "mcnemar": McNemar(champion_only=11, candidate_only=24, p_value=0.0410),
        "differences": {"accuracy": 0.0130, "f1_macro": 0.0121, "ece": -0.004},
        "slices": (
            SliceDifference(
                kind="class",
                value="Sports",
                rows=50,
                metric="recall",
                difference=-0.02,
                low=-0.06,
                high=0.015,
                differences={"recall": -0.02},
            ),
            SliceDifference(
                kind="source",
                value="wire",
                rows=180,
                metric="accuracy",
                difference=0.015,
                low=0.002,
                high=0.028,
                differences={"accuracy": 0.015},
            ),
        ),
    }
    return Comparison(**values | changes)


def case(**changes: Any) -> Case:
    """A candidate that passed; ``changes`` replace whole fields."""
    rule = Rule(metric="accuracy", split="test", op=">=", value=0.9)
    results = tuple(
        CandidateResult(
            name=name,
            metrics={"accuracy": accuracy, "log_loss": 1.1 - accuracy},
            fit_seconds=1.234,
            trained_at="2026-01-02T03:04:05+00:00",
            report="",
            confusion=[],
            tracking_run_id=f"mlflow-{name}",
        )
        for name, accuracy in (("lr", 0.911), ("svm", 0.924))
    )
    values: dict[str, Any] = {
        "model": "news",
        "task": "text_classification",
        "run": "run-1",
        "started_by": "ada",
        "config_hash": "c" * 64,
        "seed": 42,
        "model_sha256": "a" * 64,
        "data": DataFacts(
            source="file",
            fingerprint="d" * 64,
            rows=12345,
            splits={"train": 10000, "validation": 1145, "test": 1200},
            columns=("text",),
            target="label",
        ),
        "selected": results[1],
        "candidates": results,
        "evaluation": evaluation(),
        "decision": Decision(
            outcome="promote",
            reasons=("accuracy +0.0130 on the same rows",),
            rules=(
                RuleResult(
                    rule=rule,
                    observed=0.9231,
                    passed=True,
                    text="test accuracy 0.9231 >= 0.9 passes",
                ),
            ),
            measures={"fit_seconds": 1.234, "predict_ms": 0.0821, "model_bytes": 1234567},
            comparison=comparison(),
            parity=ParityReport(
                rows=2015, label_mismatches=0, max_abs_difference=2.2e-16, tolerance=1e-9
            ),
            production_version="3",
        ),
        "libraries": {"python": "3.12.1", "scikit-learn": "1.7.2"},
        "git_commit": "e" * 40,
    }
    return Case(**values | changes)


def ledger(*drafts: Draft) -> tuple[Entry, ...]:
    """Of the model of the case."""
    entries: tuple[Entry, ...] = ()
    for draft in drafts:
        sealed = seal(draft, entries, model="news", at="2026-01-02T03:10:00+00:00", user="default")
        entries = (*entries, sealed)
    return entries


ENTRIES = ledger(
    Draft(action="submission", by="ada", reason="better", run="run-0"),
    Draft(action="submission", by="ada", reason="better than version 3", run="run-1"),
    Draft(action="approval", by="grace", reason="read the case, slices are fine", run="run-1"),
)
