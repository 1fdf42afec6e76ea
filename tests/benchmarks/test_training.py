import numpy as np
import pytest

from benchmarks.training.accuracy import CASES, Case
from benchmarks.training.runs import Job, load_job, timed
from benchmarks.training.sharing import _plain
from core.config.loading import load_config
from core.models.sharing import forget
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def job() -> Job:
    return load_job("quickstart", **{"data.source.rows": "400"})


def test_a_job_selects_and_scores_as_a_run_does(job: Job) -> None:
    fitted, spent = timed(job.fit_all)
    forget()
    assert list(fitted) == [candidate.name for candidate in job.config.candidates]
    best = job.selected(fitted)
    scores = {name: result.metrics["accuracy"] for name, (_, result) in fitted.items()}
    assert scores[best] == max(scores.values())
    assert 0 <= job.on_test(fitted[best][0])["accuracy"] <= 1
    assert spent.wall > 0


def test_the_plain_pipeline_is_the_same_model(job: Job) -> None:
    train, texts = job.splits["train"], job.task.inputs(job.splits["test"])
    plain = _plain(job, 2.0).fit(job.task.inputs(train), train.y)
    candidate = job.config.candidates[0].model_validate(
        {
            "name": "same",
            "model": "logistic_regression",
            "params": {"C": 2.0},
            "vectorizer": {"ngram_range": [1, 2]},
        }
    )
    fitted, _ = job.fit(candidate)
    forget()
    assert np.array_equal(plain.predict_proba(texts), fitted.predict_proba(texts))


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_the_configs_of_the_cases_are_there(case: Case) -> None:
    assert load_config(ROOT / "configs" / f"{case.config}.yaml").candidates
