"""The case of a candidate: all that the gate found, for the person who decides and for the card."""

from datetime import datetime
from typing import assert_never

from pydantic import BaseModel, ConfigDict

from core.config.data import EmbeddedSource, FileSource, HubSource, SklearnSource, Source
from core.drift.severity import Severity
from core.evaluation.evaluation import Evaluation
from core.governance.decision import Decision
from core.tasks.training import CandidateResult


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class DataFacts(_Record):
    """What the model was made from.

    Attributes:
        source: Where the rows come from, for a reader.
        fingerprint: SHA-256 of the rows.
        rows: How many were loaded.
        splits: Rows by split name.
        columns: Names of the input columns.
        target: Name of the column that is predicted.
    """

    source: str
    fingerprint: str
    rows: int
    splits: dict[str, int]
    columns: tuple[str, ...]
    target: str


class DriftContext(_Record):
    """What the last monitored batch of the model now in production showed."""

    severity: Severity
    run: str
    at: datetime


class Case(_Record):
    """A candidate at the gate.

    Attributes:
        model: The model's name.
        task: Its task type.
        run: ZenML run.
        started_by: Who started the run, by the name given or the login.
        config_hash: SHA-256 of the whole effective config.
        seed: The config's seed.
        model_sha256: SHA-256 of the fitted estimator's file.
        data: What it was made from.
        selected: The candidate at the gate.
        candidates: All of them, in the config's order.
        evaluation: The selected one on the test split.
        decision: What rules, parity and comparison say.
        drift: Of production, if it is monitored.
        libraries: Versions of what computed the model.
        git_commit: Commit of the checkout.
    """

    model: str
    task: str
    run: str
    started_by: str
    config_hash: str
    seed: int
    model_sha256: str
    data: DataFacts
    selected: CandidateResult
    candidates: tuple[CandidateResult, ...]
    evaluation: Evaluation
    decision: Decision
    drift: DriftContext | None = None
    libraries: dict[str, str]
    git_commit: str | None = None


def describe_source(source: Source) -> str:
    """Where rows come from, for a reader."""
    match source:
        case HubSource():
            subset = f" ({source.subset})" if source.subset else ""
            revision = f" at {source.revision}" if source.revision else ""
            return f"Hugging Face hub: {source.path}{subset}, {source.split}{revision}"
        case FileSource():
            return f"file {source.path}"
        case SklearnSource():
            return f"scikit-learn: {source.name}"
        case EmbeddedSource():
            return f"synthetic {source.generator}, seed {source.seed}"
        case _:
            assert_never(source)
