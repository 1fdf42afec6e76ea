"""The case of a candidate: all that the gate found, for the person who decides and for the card."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.drift.severity import Severity
from core.evaluation.evaluation import Evaluation
from core.governance.decision import Decision
from core.tasks.training import CandidateResult


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class DataFacts(_Record):
    """What the model was made from; ``splits`` are rows by split name."""

    source: str
    fingerprint: str
    rows: int
    splits: dict[str, int]


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
