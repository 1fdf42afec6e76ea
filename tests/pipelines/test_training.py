"""A whole run, and what it leaves in every store."""

from pathlib import Path
from typing import Any

import bentoml
import numpy as np
import pytest
from matplotlib.image import imread
from zenml.client import Client
from zenml.models import ModelVersionResponse, PipelineRunResponse

from adapters.registry import CHAMPION, model_registry, production_version, version_behind
from core.config import load_config
from core.config.loading import config_hash
from tests.gatehouse import Trained, snapshot, step_states, train

pytestmark = pytest.mark.integration

EVERY_STEP = [
    *("load_data", "validate_data", "split_data", "validate_splits", "train_words", "train_pairs"),
    *("select_candidate", "evaluate_model", "export_scorer", "sample_reference", "decide"),
]
METRICS = {
    *("accuracy", "f1_macro", "precision_macro", "recall_macro", "auc", "log_loss", "ece"),
}


@pytest.fixture(scope="module")
def run(trained: Trained) -> PipelineRunResponse:
    return Client().get_pipeline_run(trained.outcome["run_id"])


@pytest.fixture(scope="module")
def version(trained: Trained) -> ModelVersionResponse:
    found = production_version("shared")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def mlflow(trained: Trained) -> Any:
    return model_registry().mlflow_client


def test_the_run_has_a_step_per_candidate(run: PipelineRunResponse) -> None:
    assert sorted(run.steps) == sorted([*EVERY_STEP, "submit", "release"])
    assert all(step.status.is_successful for step in run.steps.values())


def test_the_first_version_is_in_production(
    trained: Trained, version: ModelVersionResponse, mlflow: Any
) -> None:
    assert (version.number, version.stage) == (1, "production")
    assert version_behind("shared", CHAMPION) == "1"
    outcome = trained.outcome
    assert (outcome["status"], outcome["version"]) == ("promoted", "1")
    assert version.run_metadata["bento"] == outcome["bento"]


def test_lineage_is_on_version_registration_and_bento(
    trained: Trained, version: ModelVersionResponse, mlflow: Any
) -> None:
    outcome, metadata = trained.outcome, version.run_metadata
    expected = {
        "config_hash": config_hash(load_config(trained.config)),
        "data_fingerprint": outcome["dataset"]["fingerprint"],
        "run_id": outcome["run_id"],
        "candidate": outcome["candidate"],
    }
    assert expected.items() <= metadata.items()
    assert metadata["metrics"]["test"] == outcome["metrics"]["test"]
    assert {"python", "zenml", "scikit-learn"} <= set(metadata["libraries"])

    tags = mlflow.get_model_version("shared", "1").tags
    labels = bentoml.bentos.get(outcome["bento"]).info.labels
    for place in (tags, labels):
        assert expected.items() <= place.items()
        assert place["model_sha256"] == metadata["model_sha256"]
        assert place["version_scikit-learn"] == metadata["libraries"]["scikit-learn"]
    assert tags["zenml_version"] == "1"
    assert labels["model_tags"] == outcome["bento"]


def test_artifacts_are_linked_and_are_what_was_released(
    run: PipelineRunResponse, version: ModelVersionResponse, trained: Trained
) -> None:
    selected = run.steps[f"train_{trained.outcome['candidate']}"]
    for name, step in (
        ("model", selected),
        ("scorer", run.steps["export_scorer"]),
        ("evaluation", run.steps["evaluate_model"]),
        ("train", run.steps["split_data"]),
        ("reference", run.steps["sample_reference"]),
    ):
        linked = version.get_artifact(name)
        assert linked is not None
        assert linked.id == step.outputs[name][0].id
    assert (
        version.get_artifact("model").run_metadata["sha256"] == version.run_metadata["model_sha256"]
    )


def test_the_registered_model_is_the_released_one(
    version: ModelVersionResponse, run: PipelineRunResponse, mlflow: Any
) -> None:
    import mlflow.sklearn

    texts = run.steps["split_data"].outputs["test"][0].load().texts
    source = mlflow.sklearn.load_model(
        model_registry().mlflow_client.get_model_version_download_uri("shared", "1")
    )
    estimator = version.get_artifact("model").load()
    np.testing.assert_array_equal(source.predict_proba(texts), estimator.predict_proba(texts))


@pytest.mark.parametrize("candidate", ["words", "pairs"])
def test_every_candidate_is_an_mlflow_run(
    trained: Trained, run: PipelineRunResponse, mlflow: Any, candidate: str
) -> None:
    result = run.steps[f"train_{candidate}"].outputs["candidate"][0].load()
    tracked = mlflow.get_run(result.tracking_run_id)
    assert tracked.data.tags["candidate"] == candidate
    assert mlflow.get_experiment(tracked.info.experiment_id).name == "shared"
    for metric in METRICS:
        value = trained.outcome["candidates"][candidate][metric]
        assert tracked.data.metrics[f"validation_{metric}"] == pytest.approx(value)
    assert tracked.data.metrics["fit_seconds"] > 0
    parameters = tracked.data.params
    assert parameters["candidate.model"] == "multinomial_nb"
    assert parameters["candidate.vectorizer.ngram_range"] == (
        "[1, 2]" if candidate == "pairs" else "[1, 1]"
    )
    assert {"seed", "train_rows", "train_fingerprint", "preprocessing.lowercase"} <= set(parameters)

    files = {item.path for item in mlflow.list_artifacts(result.tracking_run_id)}
    assert {"confusion_matrix.png", "classification_report.txt"} <= files
    picture, report = (
        Path(mlflow.download_artifacts(result.tracking_run_id, name))
        for name in ("confusion_matrix.png", "classification_report.txt")
    )
    assert min(imread(picture).shape[:2]) > 300
    assert report.read_text() == result.report
    assert result.model_uri.startswith("models:/")


def test_reports_are_pages_of_the_run(run: PipelineRunResponse, trained: Trained) -> None:
    pages = {
        name: run.steps[step].outputs[name][0].load()
        for step, name in (
            ("validate_data", "raw_validation"),
            ("validate_splits", "split_validation"),
            ("evaluate_model", "evaluation_report"),
        )
    }
    for name, page in pages.items():
        assert "<html" in page.lower(), name
    report = pages["evaluation_report"]
    assert f"shared: {trained.outcome['candidate']}" in report
    for label in run.steps["load_data"].outputs["dataset"][0].load().labels:
        assert label in report


def test_the_reference_is_raw_training_rows(run: PipelineRunResponse) -> None:
    training = run.steps["split_data"].outputs["train"][0].load().frame
    reference = run.steps["sample_reference"].outputs["reference"][0].load().frame
    assert len(reference) == 400
    assert set(reference.index) <= set(training.index)
    assert (reference["text"] == training["text"].loc[reference.index]).all()
    assert reference["text"].str.contains("[A-Z]").all()


def test_a_second_run_does_nothing_again(trained: Trained) -> None:
    # The same steps may have run under another model's name since.
    train(trained.config)
    before = snapshot()
    outcome = train(trained.config)
    assert step_states(outcome["run_id"]) == dict.fromkeys(EVERY_STEP, "cached") | {
        "decide": "runs"
    }
    assert snapshot() == before
    same = ("status", "version", "bento", "metrics", "candidates", "config_hash", "dataset")
    assert {key: outcome[key] for key in same} == {key: trained.outcome[key] for key in same}
    assert outcome["reasons"] == ["already in production as version 1"]


def test_an_uncached_run_gives_the_same_bytes(
    trained: Trained, version: ModelVersionResponse
) -> None:
    # Blocked, since the model in production is for all tests of this session.
    impossible = "promotion.rules=[{metric: accuracy, value: 0.999}]"
    uncached = ["--set", "zenml.enable_cache=false", "--set", impossible]
    outcome = train(trained.config, *uncached, code=3)
    assert set(step_states(outcome["run_id"]).values()) == {"runs"}
    steps = Client().get_pipeline_run(outcome["run_id"]).steps
    for step, name in ((f"train_{outcome['candidate']}", "model"), ("export_scorer", "scorer")):
        sha256 = steps[step].outputs[name][0].run_metadata["sha256"]
        assert sha256 == version.run_metadata[f"{name}_sha256"]
    assert outcome["candidates"] == trained.outcome["candidates"]
    assert outcome["metrics"] == trained.outcome["metrics"]
