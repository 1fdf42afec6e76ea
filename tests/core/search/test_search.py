import hashlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config.data import DataConfig, PreprocessingConfig, SplitShares
from core.config.search import own_values
from core.data.dataset import Dataset, take
from core.errors import DataError, GatehouseError
from core.models.build import fit_estimator
from core.search import folds, search as module
from core.search.folds import Scoring, make_folds
from core.search.journal import opened
from core.search.progress import SearchProgress, watching
from core.search.search import search
from core.search.study import Study
from core.tasks import get_task
from core.tasks.training import fit_candidate
from tests.core.search.conftest import SPACE, TASK, run, searched


def values(found: Any) -> list[Any]:
    return [(trial.values, trial.state, trial.folds) for trial in found.history]


def test_own_values_come_first_and_the_best_is_at_least_as_good(train: Dataset) -> None:
    found = run(searched(), train)
    first = found.history[0]
    assert first.values == {"params.alpha": 1.0, "vectorizer.ngram_range": [1, 1]}
    assert found.own_score == first.score == pytest.approx(np.mean(first.folds))
    assert found.score >= first.score
    assert found.score == max(trial.score for trial in found.history if trial.score is not None)
    assert found.best in [trial.values for trial in found.history if trial.score == found.score]
    assert (found.trials, found.folds, found.metric, found.kept) == (8, 3, "accuracy", 0)
    assert set(found.importances) == set(SPACE)
    assert sum(found.importances.values()) == pytest.approx(1)
    assert [trial.number for trial in found.history] == list(range(1, 9))


def test_scores_are_those_of_a_cross_validation_written_out(train: Dataset) -> None:
    candidate = searched(trials=1)
    found = run(candidate, train, metric="log_loss")
    scores = []
    for fold in make_folds(TASK, train, 3, 3):
        unfitted = TASK.build(candidate, PreprocessingConfig(), fold.fit, 3)
        fitted = fit_estimator(unfitted, TASK.inputs(fold.fit), fold.fit.y)
        outputs = fitted.predict_proba(TASK.inputs(fold.held))
        scores.append(TASK.family.values(fold.held.y, outputs)["log_loss"])
    assert found.history[0].folds == pytest.approx(scores, abs=1e-12)
    rows = [set(fold.held.frame.index) for fold in make_folds(TASK, train, 3, 3)]
    assert set.union(*rows) == set(train.frame.index)
    assert sum(map(len, rows)) == len(train)


@pytest.mark.parametrize(
    ("name", "source", "model", "key", "metric"),
    [
        ("tabular_classification", "wine", "logistic_regression", "params.C", "log_loss"),
        ("regression", "diabetes", "ridge", "params.alpha", "rmse"),
    ],
)
def test_tables_are_searched_as_well(
    name: str, source: str, model: str, key: str, metric: str
) -> None:
    task, data = get_task(name), {"source": {"kind": "sklearn", "name": source}, "label": "target"}
    dataset = task.load(DataConfig.model_validate(data), 1)
    rows = task.split(dataset, SplitShares(), 1, drop_duplicates=True)
    space = {key: {"low": 0.01, "high": 100, "log": True}}
    candidate = searched(space, candidate={"model": model})
    found = search(task, candidate, PreprocessingConfig(), rows["train"], metric, 3)
    assert found.score == min(trial.score for trial in found.history if trial.score is not None)
    fitted, _ = fit_candidate(
        task, candidate, PreprocessingConfig(), rows["train"], rows["validation"], 0.9, 3, found
    )
    parameters = fitted["model"].get_params()
    inner = parameters.get("regressor", fitted["model"])
    assert getattr(inner, key.removeprefix("params.")) == found.best[key]


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "auc"])
def test_any_metric_is_that_of_the_family(train: Dataset, metric: str) -> None:
    folds = make_folds(TASK, train, 2, 3)
    scoring = Scoring(TASK, PreprocessingConfig(), 3, metric, folds)
    y = folds[0].held.y
    outputs = np.random.default_rng(1).dirichlet(np.ones(4), len(y))
    expected = TASK.family.values(y, outputs)[metric]
    assert scoring._measure(y, outputs) == pytest.approx(expected, abs=1e-12)


def test_a_metric_that_is_better_when_lower_is_minimised(train: Dataset) -> None:
    found = run(searched(), train, metric="log_loss")
    assert found.score == min(trial.score for trial in found.history if trial.score is not None)


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_same_seed_finds_the_same_and_fits_the_same_bytes(train: Dataset, sampler: str) -> None:
    candidate, digests = searched(sampler=sampler, trials=11), []
    found = [run(candidate, train) for _ in range(2)]
    assert values(found[0]) == values(found[1])
    assert found[0].is_repeatable
    for one in found:
        fitted, result = fit_candidate(
            TASK, candidate, PreprocessingConfig(), train, train, 0.9, 3, one
        )
        assert result.search == one
        digests.append(hashlib.sha256(pickle.dumps(fitted)).hexdigest())
    assert digests[0] == digests[1]
    assert fitted["classifier"].alpha == found[0].best["params.alpha"]
    assert values(run(candidate, train, seed=4)) != values(found[0])


def test_trials_below_the_median_are_pruned_between_folds(train: Dataset) -> None:
    space = {"params.alpha": {"low": 0.001, "high": 1000, "log": True}}
    found = run(searched(space, trials=12), train, metric="log_loss")
    pruned = [trial for trial in found.history if trial.state == "pruned"]
    assert found.count("pruned") == len(pruned) > 0
    assert all(1 <= len(trial.folds) < 3 and trial.score is None for trial in pruned)
    without = run(searched(space, trials=12, prune=False), train, metric="log_loss")
    assert without.count("complete") == 12


def test_values_that_are_impossible_together_are_a_trial_without_a_score(train: Dataset) -> None:
    space = {
        "vectorizer.kind": {"choices": ["tfidf", "count"]},
        "vectorizer.sublinear_tf": {"choices": [False, True]},
    }
    found = run(searched(space, trials=10), train)
    impossible = [trial for trial in found.history if trial.state == "impossible"]
    assert impossible
    for trial in impossible:
        assert trial.values == {"vectorizer.kind": "count", "vectorizer.sublinear_tf": True}
        assert trial.problem == "sublinear_tf needs kind: tfidf"
        assert (trial.folds, trial.score) == ((), None)


def test_values_that_the_data_refuses_are_a_trial_without_a_score(train: Dataset) -> None:
    space = {"vectorizer.min_df": {"choices": [1, 5000]}}
    found = run(searched(space, trials=6), train)
    assert found.best == {"vectorizer.min_df": 1}
    problems = {trial.problem for trial in found.history if trial.state == "impossible"}
    assert len(problems) == 1
    assert "min_df" in problems.pop()


def test_what_a_library_refuses_is_an_impossible_trial(
    train: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = fit_estimator

    def refuse(estimator: Any, inputs: Any, y: Any) -> Any:
        if estimator["classifier"].alpha > 1:
            raise ValueError("Solver produced\n non-finite weights")
        return fit(estimator, inputs, y)

    monkeypatch.setattr(folds, "fit_estimator", refuse)
    found = run(searched(trials=6), train)
    problems = {trial.problem for trial in found.history if trial.state == "impossible"}
    assert problems == {"Solver produced non-finite weights"}
    assert found.best["params.alpha"] <= 1


def test_a_space_beyond_float32_has_no_importances(train: Dataset) -> None:
    space = {"params.alpha": {"low": 0.1, "high": 1e300, "log": True}}
    found = run(searched(space, trials=4), train)
    assert found.count("complete") == 4
    assert found.importances == {}


def test_a_search_without_a_possible_trial_says_why(train: Dataset) -> None:
    space = {"vectorizer.min_df": {"choices": [4000, 5000]}}
    own = {"candidate": {"vectorizer": {"min_df": 5000}}}
    with pytest.raises(DataError, match=r"no trial could be fitted; the first one: .*min_df"):
        run(searched(space, trials=2, **own), train)


def test_a_class_with_fewer_rows_than_folds_is_refused(train: Dataset) -> None:
    rows = np.flatnonzero((train.y != 0) | (np.cumsum(train.y == 0) <= 2))
    with pytest.raises(DataError, match=r"search\.folds: the smallest class has 2 training rows"):
        run(searched(), take(train, rows))


def test_a_candidate_without_a_search_is_not_searched(train: Dataset) -> None:
    candidate = searched().model_copy(update={"search": None})
    with pytest.raises(ValueError, match="candidate a has no search"):
        run(candidate, train)


def test_after_its_minutes_no_trial_begins(train: Dataset) -> None:
    found = run(searched(minutes=1e-6, trials=50), train)
    assert found.trials == 1
    assert not found.is_repeatable


def test_progress_is_told(train: Dataset) -> None:
    told: list[SearchProgress] = []
    with watching(told.append):
        found = run(searched(trials=3), train)
    run(searched(trials=1), train)
    assert [progress.done for progress in told] == [0, 1, 2, 3]
    assert told[0].best is None
    assert told[-1].best == found.score
    assert {progress.trials for progress in told} == {3}


def test_a_finished_record_is_not_searched_again(
    train: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "deep" / "search.log"
    found = run(searched(), train, journal=journal)
    monkeypatch.setattr(module, "workers", _nobody(module.workers))
    again = run(searched(), train, journal=journal)
    assert again.kept == 8
    assert values(again) == values(found)
    assert again.best == found.best


def _nobody(workers: Any) -> Any:
    from contextlib import contextmanager
    from dataclasses import replace

    def refuse(*_: Any) -> None:
        raise AssertionError("a trial was scored")

    @contextmanager
    def made(*arguments: Any) -> Any:
        with workers(*arguments) as found:
            yield replace(found, submit=refuse)

    return made


def test_a_search_goes_on_as_if_it_had_not_stopped(train: Dataset, tmp_path: Path) -> None:
    """After an error in trial 7, and after a kill that left half a line."""
    whole, journal = run(searched(trials=12), train), tmp_path / "search.log"

    def stop(progress: SearchProgress) -> None:
        if progress.done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), watching(stop):
        run(searched(trials=12), train, journal=journal)
    with journal.open("ab") as file:
        file.write(b'{"op_code": 4, "worker')
    found = run(searched(trials=12), train, journal=journal)
    assert found.kept == 6
    assert values(found) == values(whole)
    assert found.best == whole.best


def test_own_values_that_a_kill_interrupted_are_told_from_those_that_were_faster(
    train: Dataset, tmp_path: Path
) -> None:
    candidate = searched(trials=2)
    assert candidate.search is not None
    journal, own = tmp_path / "search.log", own_values(candidate, candidate.search.space)
    with opened(journal) as storage:
        study = Study(storage, candidate.search, 3, greater_is_better=True)
        study.begin(own)
        _, second = study.ask(), study.ask()
        study.complete(second, [0.9, 0.9, 0.9], 0.9)
    found = run(candidate, train, journal=journal)
    assert found.history[0].values != own
    assert found.history[0].score == found.score == 0.9
    assert found.own_score == run(searched(trials=1), train).own_score


def test_nobody_else_may_be_at_the_same_search(train: Dataset, tmp_path: Path) -> None:
    journal = tmp_path / "search.log"
    with opened(journal), pytest.raises(GatehouseError, match="another process is at the same"):
        run(searched(), train, journal=journal)


def test_a_damaged_record_is_one_line(train: Dataset, tmp_path: Path) -> None:
    journal = tmp_path / "search.log"
    run(searched(trials=2), train, journal=journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(lines[0] + b"no json\n" + b"".join(lines[1:]))
    with pytest.raises(GatehouseError, match=f"damaged; delete {journal} to search anew"):
        run(searched(trials=2), train, journal=journal)


def test_other_errors_are_not_hidden(train: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr(Scoring, "score", fail)
    with pytest.raises(ZeroDivisionError):
        search(TASK, searched(), PreprocessingConfig(), train, "accuracy", 3)
