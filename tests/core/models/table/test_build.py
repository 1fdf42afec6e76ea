import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from core.config.data import PreprocessingConfig
from core.config.tasks import TASKS
from core.errors import ConfigError, DataError
from core.models.scorer.estimator import EstimatorScorer
from core.models.scorer.export import export_table
from core.models.scorer.storage import save_scorer, scorer_digest
from core.models.table.build import fitted_features
from core.models.table.outputs import calibrate_interval, class_probabilities, quantities
from core.models.table.probes import probe_rows
from tests.conftest import ROOT
from tests.encoded import KINDS, WITHOUT_TEXT, build, columns, dataset, fit, plain_rows, target

SMALL = {
    "random_forest": {"n_estimators": 10},
    "hist_gradient_boosting": {"max_iter": 20},
    "xgboost": {"n_estimators": 20},
    "mlp": {"hidden_layer_sizes": [8], "learning_rate_init": 0.02, "early_stopping": False},
}


def small(model):
    return {"model": model} | ({"params": SMALL[model]} if model in SMALL else {})


def single(task):
    return [small(model) for model in sorted(TASKS[task].models - {"soft_vote", "stacking"})]


def joint(task):
    weighted = [member | {"weight": 2.0} for member in single(task)]
    return [
        {"model": "soft_vote", "members": weighted},
        {"model": "stacking", "members": single(task), "folds": 3},
    ]


def name(candidate):
    return candidate["model"]


def data(classes, kinds=KINDS, rows=120):
    values = columns(rows)
    return dataset(values, kinds, target(values, classes))


TASK_OF = {3: "tabular_classification", 2: "tabular_classification", 0: "regression"}
CASES = [
    (classes, candidate)
    for classes, task in TASK_OF.items()
    for candidate in (*single(task), *joint(task))
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("classes", "candidate"), CASES)
def test_every_model_is_fitted_exported_and_answers_alike(classes, candidate):
    train = data(classes)
    estimator = fit(candidate, train)
    inputs, rows = train.frame[list(KINDS)], plain_rows(columns())
    outputs = class_probabilities if classes else quantities
    said = outputs(estimator, inputs)
    np.testing.assert_array_equal(outputs(estimator, rows), said)
    if classes:
        assert (said.argmax(axis=1) == train.y).mean() > 0.75
        np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-6)
    else:
        assert 1 - np.var(said[:, 0] - train.y) / np.var(train.y) > 0.7
        calibrate_interval(estimator, inputs, train.y, 0.9)
    scorer = EstimatorScorer(export_table(estimator, train.labels, "target"))
    probes = probe_rows(rows, KINDS, 20, seed=1)
    np.testing.assert_array_equal(scorer.outputs(probes), outputs(estimator, probes))
    assert np.isfinite(scorer.outputs(probes)).all()


def test_what_is_exported_says_what_it_takes():
    estimator = fit({"model": "ridge"}, data(0))
    calibrate_interval(estimator, data(0).frame[list(KINDS)], data(0).y, 0.9)
    model = export_table(estimator, (), "price")
    assert (model.labels, model.target) == ((), "price")
    assert model.features == fitted_features(estimator)
    assert model.interval == estimator["model"].interval_
    assert set(model.libraries) == {"scikit-learn", "numpy", "scipy"}
    labelled = data(2)
    model = export_table(fit(small("xgboost"), labelled), labelled.labels, "status")
    assert (model.labels, model.interval) == (labelled.labels, None)
    assert "xgboost" in model.libraries


def test_models_that_take_no_zeros_left_out_get_them():
    for model in ("hist_gradient_boosting", "gaussian_nb"):
        assert build({"model": model}, data(2))["prepare"].dense
    assert not build({"model": "logistic_regression"}, data(2))["prepare"].dense


def test_members_share_one_encoder_with_all_their_vectorizers():
    members = [
        {"model": "logistic_regression", "vectorizer": {"analyzer": "char"}},
        {"model": "linear_svm"},
        {"model": "linear_svm"},
    ]
    vote = build({"model": "soft_vote", "members": members}, data(2))
    kinds = [part.analyzer for _, part in vote["prepare"].vectorizer.transformer_list]
    assert kinds == ["char", "word"]
    assert [name for name, _ in vote["model"].estimators] == [
        "logistic_regression_1",
        "linear_svm_2",
        "linear_svm_3",
    ]


def test_a_stack_is_seeded_and_ends_in_what_is_asked_for():
    members = [{"model": "ridge"}, {"model": "linear_regression"}]
    plain = build({"model": "stacking", "members": members}, data(0))["model"].regressor
    assert (plain.final_estimator.alpha, plain.cv.n_splits, plain.cv.random_state) == (1.0, 5, 5)
    final = {"model": "ridge", "params": {"alpha": 7.0}}
    asked = {"model": "stacking", "members": members, "final": final, "folds": 3}
    stack = build(asked, data(0))["model"].regressor
    assert (stack.final_estimator.alpha, stack.cv.n_splits) == (7.0, 3)


def test_without_the_extra_xgboost_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(ConfigError, match=r"^.*make setup EXTRAS=xgboost$"):
        build({"model": "xgboost"}, data(2))


@pytest.mark.parametrize(
    ("candidate", "classes", "rows", "message"),
    [
        ({"model": "linear_svm"}, 3, 12, "id 0. has 4 training rows, fewer than params.calibr"),
        (joint("regression")[1] | {"folds": 10}, 0, 8, "there are 8 training rows, too few for"),
        ({"model": "mlp"}, 3, 9, "too few to hold a tenth of them out"),
        (
            {"model": "hist_gradient_boosting", "params": {"early_stopping": True}},
            3,
            12,
            "set params.early_stopping to false",
        ),
    ],
)
def test_too_few_rows_are_one_line(candidate, classes, rows, message):
    with pytest.raises(DataError, match=message) as caught:
        fit(candidate, data(classes, rows=rows))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("classes", [2, 0])
def test_a_network_is_stored_without_what_fitted_it(classes):
    estimator = fit({"model": "mlp"}, data(classes))
    network = estimator["model"] if classes else estimator["model"].regressor_
    weights = sum(map(np.size, network.coefs_)) * 8
    assert weights < len(pickle.dumps(network)) < 1.5 * weights
    stored = pickle.loads(pickle.dumps(estimator))
    rows = plain_rows(columns())
    np.testing.assert_array_equal(stored.predict(rows), estimator.predict(rows))


def test_a_constant_target_is_refused():
    train = dataset(columns(20), KINDS, np.full(20, 3.0))
    with pytest.raises(DataError, match=r"the same value to predict; check data\.label"):
        fit({"model": "ridge"}, train)


@pytest.mark.parametrize("candidate", [small("hist_gradient_boosting"), small("random_forest")])
def test_the_number_of_threads_changes_no_byte(candidate):
    train = data(3, WITHOUT_TEXT, rows=2000)
    contents = set()
    for threads in (1, 2):
        with threadpool_limits(threads):
            contents.add(pickle.dumps(fit(candidate, train), protocol=5))
    assert len(contents) == 1


def test_preprocessing_reaches_the_encoder():
    options = {"numbers": {"scale": "robust"}, "categories": {"min_rows": 2}, "lowercase": False}
    found = build({"model": "ridge"}, data(0), options)["prepare"].options
    assert found.numbers.scale == "robust"
    assert found.categories.min_rows == 2
    assert not found.cleaning.lowercase
    assert found.date_parts == PreprocessingConfig().dates.parts


SERVED = """
import json, sys
from pathlib import Path

class Blocked:
    def find_spec(self, name, *_):
        if name == "pandas":
            raise ImportError(name)

sys.meta_path.insert(0, Blocked())
from core.models.scorer.storage import load_scorer
folder, digest, rows = sys.argv[1:]
print(json.dumps(load_scorer(Path(folder), digest).outputs(json.loads(rows)).tolist()))
"""


@pytest.mark.integration
def test_what_is_served_needs_no_pandas(tmp_path):
    train, rows = data(2), plain_rows(columns())[:3]
    estimator = fit(joint("tabular_classification")[0], train)
    save_scorer(export_table(estimator, train.labels, "target"), tmp_path)
    arguments = [str(tmp_path), scorer_digest(tmp_path), json.dumps(rows)]
    command = [sys.executable, "-c", SERVED, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    np.testing.assert_array_equal(json.loads(done.stdout), class_probabilities(estimator, rows))
