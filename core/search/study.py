"""One Optuna study: what to try next, what to stop, what is best."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config.search import Between, SearchConfig
from core.search import space
from core.search.summary import TrialRecord

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.samplers import BaseSampler
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

NAME = "search"
FOLDS, PROBLEM = "folds", "problem"


class Study:
    """Asks and tells; the only one who speaks to Optuna.

    Attributes:
        kept: Trials that were over before it began.
    """

    def __init__(
        self, storage: "BaseStorage", config: SearchConfig, seed: int, greater_is_better: bool
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._config = config
        self._seed = seed
        self._sign = 1 if greater_is_better else -1
        self._study = optuna.create_study(
            storage=storage,
            study_name=NAME,
            direction="maximize" if greater_is_better else "minimize",
            pruner=optuna.pruners.MedianPruner() if config.prune else optuna.pruners.NopPruner(),
            load_if_exists=True,
        )
        self.kept = self.over

    def begin(self, own: Mapping[str, Any]) -> None:
        """Try the candidate's own values first, and those again that a kill interrupted."""
        from optuna.trial import TrialState

        trials = self._study.get_trials(deepcopy=False)
        if not trials:
            self._study.enqueue_trial(space.parameters(own, self._config.space))
        for trial in trials:
            if trial.state == TrialState.RUNNING:
                self._study.tell(trial.number, state=TrialState.FAIL)
                self._study.enqueue_trial(trial.params)

    def ask(self) -> "Trial":
        """The next trial."""
        # Seeded by what there is, not by what this process asked before, so that a search that
        # goes on after a kill asks what it would have asked.
        self._study.sampler = self._sampler()
        return self._study.ask(space.distributions(self._config.space))

    def prunes(self, trial: "Trial", scores: Sequence[float], mean: float) -> bool:
        """Whether to stop a trial after some folds; ``mean`` is of those."""
        trial.report(mean, step=len(scores))
        trial.set_user_attr(FOLDS, list(scores))
        return trial.should_prune()

    def prune(self, trial: "Trial", problem: str = "") -> None:
        """End a trial before its last fold."""
        from optuna.trial import TrialState

        if problem:
            trial.set_user_attr(PROBLEM, problem)
        self._study.tell(trial, state=TrialState.PRUNED)

    def complete(self, trial: "Trial", scores: Sequence[float], mean: float) -> None:
        """End a trial with the mean over all folds."""
        trial.report(mean, step=len(scores))
        trial.set_user_attr(FOLDS, list(scores))
        self._study.tell(trial, mean)

    @property
    def over(self) -> int:
        """How many trials are over."""
        return len(self._ended())

    @property
    def seconds(self) -> float:
        """What the trials took that are over."""
        return sum(record.seconds for record in self.records())

    def records(self) -> tuple[TrialRecord, ...]:
        """The trials that are over, in the order in which they began."""
        return tuple(self._record(n, trial) for n, trial in enumerate(self._ended(), start=1))

    def best(self) -> TrialRecord | None:
        """The trial with the best mean, of equals the first."""
        scored = [(r.score, r) for r in self.records() if r.score is not None]
        return max(scored, key=lambda item: self._sign * item[0])[1] if scored else None

    def importances(self) -> dict[str, float]:
        """Share of each key in the variance of the scores (fANOVA; Hutter et al. 2014).

        Empty where all scores are equal, or a number may be too large for the trees' float32.
        """
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances

        scores = [record.score for record in self.records() if record.score is not None]
        spans = [span for span in self._config.space.values() if isinstance(span, Between)]
        largest = max((abs(end) for span in spans for end in (span.low, span.high)), default=0)
        if len(set(scores)) < 2 or largest > float(np.finfo(np.float32).max):
            return {}
        evaluator = FanovaImportanceEvaluator(seed=self._seed)
        return dict(get_param_importances(self._study, evaluator=evaluator))

    def _sampler(self) -> "BaseSampler":
        from optuna.samplers import RandomSampler, TPESampler

        begun = len(self._study.get_trials(deepcopy=False)) - self._failed()
        seed = int(np.random.SeedSequence([self._seed, begun]).generate_state(1)[0])
        return TPESampler(seed=seed) if self._config.sampler == "tpe" else RandomSampler(seed=seed)

    def _failed(self) -> int:
        from optuna.trial import TrialState

        return len(self._study.get_trials(deepcopy=False, states=(TrialState.FAIL,)))

    def _ended(self) -> "list[FrozenTrial]":
        from optuna.trial import TrialState

        ended = (TrialState.COMPLETE, TrialState.PRUNED)
        return self._study.get_trials(deepcopy=False, states=ended)

    def _record(self, number: int, trial: "FrozenTrial") -> TrialRecord:
        from optuna.trial import TrialState

        problem = trial.user_attrs.get(PROBLEM, "")
        # Of a pruned trial Optuna keeps the last mean as its value.
        is_complete = trial.state == TrialState.COMPLETE
        return TrialRecord(
            number=number,
            values=space.values(trial.params, self._config.space),
            state="complete" if is_complete else "impossible" if problem else "pruned",
            folds=tuple(trial.user_attrs.get(FOLDS, ())),
            score=trial.value if is_complete else None,
            seconds=trial.duration.total_seconds() if trial.duration else 0.0,
            problem=problem,
        )
