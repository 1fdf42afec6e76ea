"""Whether production has to go back by itself: a limit of the config is broken, beyond chance."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest

from core.config.monitoring import RollbackPolicy
from core.drift.severity import Severity, at_least
from core.governance.ledger import Entry
from core.governance.rollback import Tenure
from core.governance.state import is_finish

POLICY = "policy"  # who acts in the ledger
BATCH = "batch"  # key of the details of its entries: the state of the batch that it judged
CONFIDENCE = 0.95


class Feedback(BaseModel):
    """Answers of the version in production whose truth is known.

    Attributes:
        version: The version.
        since: Only later answers count: when it came into production.
        answers: How many have feedback.
        correct: How many of these were right.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    since: datetime
    answers: int
    correct: int

    def interval(self) -> tuple[float, float]:
        """The 95% interval of the accuracy.

        Source: Wilson 1927, "Probable inference, the law of succession, and statistical
        inference", JASA 22:209-212. It keeps its level where the normal approximation does not:
        Brown, Cai & DasGupta 2001, "Interval estimation for a binomial proportion", Statistical
        Science 16(2).
        """
        found = binomtest(self.correct, self.answers).proportion_ci(CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)


def feedback_of(predictions: pd.DataFrame, name: str, tenure: Tenure) -> Feedback:
    """Count the answers of a version since it came into production.

    Args:
        predictions: As ``core.data.prediction_log.read_predictions`` gives them.
        name: The model's name.
        tenure: The version, and the entry that put it into production.
    """
    since = datetime.fromisoformat(tenure.began.at)
    own = predictions[
        (predictions["model"] == name)
        & (predictions["version"] == tenure.version)
        & (predictions["time"] >= since)
    ]
    known = own[own["true_label_id"].notna()]
    correct = int((known["label_id"] == known["true_label_id"]).sum())
    return Feedback(version=tenure.version, since=since, answers=len(known), correct=correct)


def repeats(entries: Sequence[Entry], tenure: Tenure, batch: str) -> str | None:
    """Why the drift of a batch must not lead to a rollback (again); None if it may.

    Drift is of the inputs: if going back once did not end it, going further back will not either.
    """
    intents = {e.transaction: e for e in reversed(entries) if e.purpose == "rollback"}
    ends = [entry for entry in entries if entry.action == "rollback" or is_finish(entry)]
    done = [entry for entry in ends if entry.transaction in intents]
    if tenure.began in done:
        return f"version {tenure.version} came back by a rollback; drift leads no further back"
    # What a repair finished has the batch in its intent alone.
    wanted = [intents[entry.transaction] for entry in done]
    if any(intent.by == POLICY and intent.details.get(BATCH) == batch for intent in wanted):
        return "this very batch has led to a rollback before"
    return None


def broken_by_drift(policy: RollbackPolicy, severity: Severity) -> str | None:
    """Which limit a batch breaks; None if it breaks none."""
    if policy.severity is None or not at_least(severity, policy.severity):
        return None
    return f"severity {severity} of the batch, limit {policy.severity}"


def broken_by_feedback(policy: RollbackPolicy, feedback: Feedback | None) -> str | None:
    """Which limit the feedback breaks; None if it breaks none.

    The whole interval has to lie below the limit: an accuracy just at the limit would be below it
    in half of all samples. Each look at more feedback is a test of its own, each with a chance of
    2.5% at most to act on a model that keeps the limit.
    """
    if policy.min_accuracy is None or feedback is None or feedback.answers < policy.min_feedback:
        return None
    low, high = feedback.interval()
    if high >= policy.min_accuracy:
        return None
    accuracy = feedback.correct / feedback.answers
    return (
        f"accuracy {accuracy:.4f} of {feedback.answers} answers with feedback "
        f"(95% interval {low:.4f} to {high:.4f}), limit {policy.min_accuracy:g}"
    )
