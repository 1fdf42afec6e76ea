"""What a search found, as it is kept with its candidate."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

State = Literal["complete", "pruned", "impossible"]


class TrialRecord(BaseModel):
    """One trial.

    Attributes:
        number: From 1, in the order in which they began; 1 is the candidate's own values.
        values: By dotted key of the candidate.
        state: ``pruned``: stopped for its first folds; ``impossible``: refused by the checks of a
            config, or by the data.
        folds: Score on each fold that was reached.
        score: Mean over all folds; None of a trial that did not reach them.
        seconds: From its begin to its end.
        problem: Why it is impossible.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    values: dict[str, Any]
    state: State
    folds: tuple[float, ...]
    score: float | None
    seconds: float
    problem: str = ""


class SearchSummary(BaseModel):
    """A whole search.

    Attributes:
        metric: What trials were scored by.
        folds: Of the cross-validation within the training rows.
        best: The values that the candidate was fitted with, by dotted key.
        score: Their mean score over the folds.
        own_score: That of the candidate's own values; None if they are impossible, or a kill left
            no time for them.
        kept: Trials that an earlier process, which was stopped, had finished.
        seconds: That all trials took; those of an earlier process too.
        importances: Share of each key in the differences of the scores; may be empty, see
            ``core.search.study``.
        is_repeatable: Whether the same config finds the same: neither the clock nor trials side by
            side had a say.
        history: All trials.
    """

    model_config = ConfigDict(frozen=True)

    metric: str
    folds: int
    best: dict[str, Any]
    score: float
    own_score: float | None
    kept: int
    seconds: float
    importances: dict[str, float]
    is_repeatable: bool
    history: tuple[TrialRecord, ...]

    @property
    def trials(self) -> int:
        """How many there were."""
        return len(self.history)

    def count(self, state: State) -> int:
        """Trials that ended so."""
        return sum(trial.state == state for trial in self.history)
