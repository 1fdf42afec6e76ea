import os
import pickle
import pickletools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import GatehouseError
from core.models.golden import save_golden
from core.models.parity import HOSTILE_TEXTS
from core.models.scorer.estimator import LIBRARIES, PICKLED_MODULES, XGBOOST, EstimatorScorer
from core.models.scorer.export import export_model
from core.models.scorer.storage import save_scorer, scorer_digest
from tests.tables import KINDS, fit_table

TEXT_MODULES = ("core.models.cleaner", "core.models.text", "core.models.vectorizers")
ROOT = Path(__file__).parents[4]
FOREST = {"model": "random_forest", "params": {"n_estimators": 3, "class_weight": "balanced"}}
VOTE = {
    "model": "soft_vote",
    "members": [{"model": "linear_svm", "vectorizer": {"kind": "count"}}, FOREST],
}


@pytest.fixture(scope="module")
def model(fitted, labels):
    return export_model(fitted(VOTE), labels)


def test_it_gives_the_pipelines_own_probabilities(fitted, corpus, model, labels):
    scorer, texts = EstimatorScorer(model), [*corpus(4)[0][:20], *HOSTILE_TEXTS]
    expected = fitted(VOTE).predict_proba(texts)
    np.testing.assert_array_equal(scorer.outputs(texts), expected)
    np.testing.assert_array_equal(scorer.outputs(tuple(texts)), expected)
    for text, row in zip(texts, expected, strict=True):
        np.testing.assert_array_equal(scorer.outputs_one(text), row)
    assert scorer.outputs([]).shape == (0, 4)
    assert scorer.labels == labels
    assert scorer.explain(texts[0], 0) is None


def test_it_was_made_by_the_libraries_here(model):
    assert set(model.libraries) == set(LIBRARIES)
    assert model.libraries["numpy"] == np.__version__


def test_another_scikit_learn_is_refused_before_the_pickle_is_opened(model, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    libraries = dict(model.libraries) | {"scikit-learn": "0.1"}
    foreign = replace(model, libraries=libraries, content=pickle.dumps(Bomb()))
    with pytest.raises(GatehouseError, match=r"install scikit-learn==0\.1 or release") as caught:
        EstimatorScorer(foreign)
    assert model.libraries["scikit-learn"] in str(caught.value)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("candidate", [FOREST, VOTE])
def test_a_pickle_names_only_the_project_modules_that_are_listed(fitted, labels, candidate):
    content = export_model(fitted(candidate), labels).content
    strings = {item for _, item, _ in pickletools.genops(content) if isinstance(item, str)}
    assert {name for name in strings if name.startswith("core.")} == set(TEXT_MODULES)


def test_all_modules_that_table_pickles_name_are_listed():
    models = [fit_table(name).model for name in ("logistic_regression", "ridge", "mlp")]
    named = {
        item
        for model in models
        for _, item, _ in pickletools.genops(model.content)
        if isinstance(item, str) and item.startswith("core.")
    }
    assert named | set(TEXT_MODULES) == set(PICKLED_MODULES)


@pytest.mark.parametrize("name", ["logistic_regression", "ridge", "random_forest"])
def test_rows_are_scored_one_by_one_as_together(name):
    fitted = fit_table(name)
    scorer = EstimatorScorer(fitted.model)
    np.testing.assert_array_equal(scorer.outputs(fitted.rows), fitted.outputs)
    for row, expected in zip(fitted.rows[:20], fitted.outputs, strict=False):
        np.testing.assert_allclose(scorer.outputs_one(row), expected, rtol=1e-12)
    assert scorer.outputs([]).shape == (0, fitted.outputs.shape[1])


@pytest.mark.parametrize("name", ["logistic_regression", "ridge"])
def test_an_explanation_of_a_row_adds_up(name):
    fitted = fit_table(name)
    scorer = EstimatorScorer(fitted.model)
    for row, outputs in zip(fitted.rows[:10], fitted.outputs, strict=False):
        (member,) = scorer.explain(row, len(outputs) - 1)
        total = member.intercept + sum(value for _, value in member.contributions)
        answer = 1 / (1 + np.exp(-member.score)) if fitted.model.labels else member.score
        assert member.score == pytest.approx(total)
        assert outputs[-1] == pytest.approx(answer)
        assert {column for column, _ in member.contributions} == set(KINDS)


def test_trees_can_not_tell():
    fitted = fit_table("random_forest")
    assert EstimatorScorer(fitted.model).explain(fitted.rows[0], 0) is None


def test_xgboost_is_recorded_and_its_version_required():
    model = fit_table("xgboost").model
    assert set(model.libraries) == {*LIBRARIES, XGBOOST}
    foreign = replace(model, libraries=dict(model.libraries) | {XGBOOST: "0.1"})
    with pytest.raises(GatehouseError, match=r"install xgboost==0\.1 or release"):
        EstimatorScorer(foreign)


ROWS_WITHOUT_PANDAS = """
import sys
from pathlib import Path
sys.modules["pandas"] = None
from core.models.golden import load_golden, replay_exactly
from core.models.scorer.storage import load_scorer
folder, digest = sys.argv[1:]
print(replay_exactly(load_golden(Path(folder, "golden.json")), load_scorer(Path(folder), digest)))
"""


def test_rows_are_scored_without_pandas(tmp_path):
    fitted = fit_table("logistic_regression")
    save_scorer(fitted.model, tmp_path)
    save_golden(fitted.golden, tmp_path / "golden.json")
    command = [sys.executable, "-c", ROWS_WITHOUT_PANDAS, str(tmp_path), scorer_digest(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


EXACT_WITHOUT_SKLEARN = """
import sys
from pathlib import Path
for name in ("sklearn", "scipy", "pandas"):
    sys.modules[name] = None
import core.models.golden
from core.models.scorer.storage import load_scorer
exact, pickled, digest = sys.argv[1:]
print(load_scorer(Path(exact)).outputs_one("the cup").sum().round(9))
load_scorer(Path(pickled), digest)
"""


def test_only_a_pickle_needs_scikit_learn(fitted, labels, model, tmp_path):
    save_scorer(export_model(fitted({"model": "multinomial_nb"}), labels), tmp_path / "exact")
    save_scorer(model, tmp_path / "pickled")
    folders = [str(tmp_path / "exact"), str(tmp_path / "pickled")]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            EXACT_WITHOUT_SKLEARN,
            *folders,
            scorer_digest(tmp_path / "pickled"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "1.0"
    assert "GatehouseError" in done.stderr
    assert "sklearn" in done.stderr
