"""A searched candidate through the whole pipeline."""

from pathlib import Path
from typing import Any

import pytest
from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration

from adapters.registry import model_registry
from adapters.search import FOLDER
from core.search.summary import SearchSummary
from tests.gatehouse import job, run_cli, train

pytestmark = pytest.mark.integration

SEARCH = {
    "trials": 7,
    "folds": 2,
    "space": {
        "params.alpha": {"low": 0.05, "high": 5, "log": True},
        "vectorizer.ngram_range": {"choices": [[1, 1], [1, 2]]},
    },
}


@pytest.fixture(scope="module")
def outcome(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    candidates = [{"name": "found", "model": "multinomial_nb", "search": SEARCH}]
    config = job(tmp_path_factory.mktemp("searched"), "searched", candidates=candidates)
    return train(config)


@pytest.fixture(scope="module")
def found(outcome: Any) -> SearchSummary:
    step = Client().get_pipeline_run(outcome["run_id"]).steps["train_found"]
    search: SearchSummary = step.outputs["candidate"][0].load().search
    return search


def test_the_best_values_are_fitted_on_the_whole_train_split(
    outcome: Any, found: SearchSummary
) -> None:
    assert found.trials == 7
    step = Client().get_pipeline_run(outcome["run_id"]).steps["train_found"]
    model = step.outputs["model"][0].load()
    assert model["classifier"].alpha == found.best["params.alpha"]
    assert list(model["vectorizer"].ngram_range) == found.best["vectorizer.ngram_range"]
    rows = step.inputs["train_set"][0].load()
    assert model["classifier"].class_count_.sum() == len(rows)
    assert not list(Path(GlobalConfiguration().local_stores_path, FOLDER).glob("*"))


def test_trials_are_nested_runs_of_the_tracker(outcome: Any, found: SearchSummary) -> None:
    client = model_registry().mlflow_client
    experiment = client.get_experiment_by_name("searched")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = [run for run in runs if run.data.tags.get("candidate") == "found"]
    trials = {
        run.info.run_name: run
        for run in runs
        if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    }
    assert set(trials) == {f"trial {number}" for number in range(1, 8)}
    for trial in found.history:
        run = trials[f"trial {trial.number}"]
        assert run.data.tags["state"] == trial.state
        assert run.data.params == {key: str(value) for key, value in trial.values.items()}
        folds = client.get_metric_history(run.info.run_id, "fold_accuracy")
        assert [metric.value for metric in folds] == list(trial.folds)
    assert parent.data.metrics["search_score"] == found.score
    assert float(parent.data.params["found.params.alpha"]) == found.best["params.alpha"]
    logged = {item.path for item in client.list_artifacts(parent.info.run_id, "search")}
    assert logged >= {"search/trials.json", "search/history.png"}


def test_the_report_tells_of_the_search(outcome: Any, found: SearchSummary) -> None:
    step = Client().get_pipeline_run(outcome["run_id"]).steps["evaluate_model"]
    page = step.outputs["evaluation_report"][0].load()
    assert "Search of found" in page
    assert "7 trials in" in page
    assert f"{found.score:.4f}" in page
    assert page.count('aria-label="history of found') == 1


def test_a_searched_model_is_made_again(outcome: Any) -> None:
    assert outcome["status"] == "promoted"
    made = run_cli("reproduce", "searched", "1", "--json")
    assert made.code == 0, made.err
    assert made.json["verdict"] == "identical"
