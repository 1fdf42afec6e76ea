import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import FeatureUnion

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.errors import DataError
from core.models.build import build_estimator, fit_estimator
from core.models.text_features import cleaning_options

ROOT = Path(__file__).parents[3]
WORDS = {"ngram_range": [1, 2], "min_df": 2}
CHARS = {"analyzer": "char_wb", "ngram_range": [2, 3], "sublinear_tf": True}
VOTE = {
    "model": "soft_vote",
    "members": [
        {"model": "logistic_regression", "vectorizer": WORDS, "weight": 2.0},
        {"model": "linear_svm", "vectorizer": [WORDS, CHARS]},
        {"model": "complement_nb", "vectorizer": {"kind": "count"}},
        {"model": "random_forest", "params": {"n_estimators": 10}},
    ],
}
NETWORK = {"model": "mlp", "params": {"hidden_layer_sizes": [8], "early_stopping": False}}
STACK = {
    "model": "stacking",
    "folds": 2,
    "members": [
        NETWORK | {"vectorizer": [WORDS, CHARS]},
        {"model": "xgboost", "params": {"n_estimators": 10}},
        {"model": "linear_svm", "params": {"calibration_folds": 2}},
    ],
    "final": {"model": "logistic_regression", "params": {"C": 3.0}},
}


def build(candidate, preprocessing=None):
    config = TypeAdapter(Candidate).validate_python({"name": "c", **candidate}, strict=False)
    return build_estimator(config, PreprocessingConfig(**preprocessing or {}), seed=5)


@pytest.mark.parametrize(
    ("model", "params", "kind"),
    [
        ("logistic_regression", {"C": 3.0, "class_weight": "balanced"}, LogisticRegression),
        ("multinomial_nb", {"alpha": 0.3}, MultinomialNB),
        ("complement_nb", {"alpha": 0.3}, ComplementNB),
        (
            "random_forest",
            {
                "n_estimators": 7,
                "max_depth": 4,
                "min_samples_leaf": 2,
                "class_weight": "balanced_subsample",
            },
            RandomForestClassifier,
        ),
    ],
)
def test_parameters_reach_the_classifier(model, params, kind):
    classifier = build({"model": model, "params": params})["classifier"]
    assert type(classifier) is kind
    assert params.items() <= classifier.get_params().items()


def test_the_svm_is_calibrated_by_its_folds_and_seeded():
    params = {"C": 2.0, "calibration_folds": 3}
    classifier = build({"model": "linear_svm", "params": params})["classifier"]
    assert (classifier.cv, classifier.method, classifier.ensemble) == (3, "sigmoid", False)
    assert (classifier.estimator.C, classifier.estimator.random_state) == (2.0, 5)


def test_several_vectorizers_stand_side_by_side():
    features = build({"model": "multinomial_nb", "vectorizer": [WORDS, CHARS]})["vectorizer"]
    assert type(features) is FeatureUnion
    words, chars = (vectorizer for _, vectorizer in features.transformer_list)
    assert (words.ngram_range, words.min_df, words.sublinear_tf) == ((1, 2), 2, False)
    assert (chars.ngram_range, chars.analyzer, chars.sublinear_tf) == ((2, 3), "char_wb", True)


def test_a_vote_weighs_its_members():
    vote = build(VOTE)["vote"]
    assert type(vote) is VotingClassifier
    assert (vote.voting, vote.weights) == ("soft", [2.0, 1.0, 1.0, 1.0])


def test_a_stack_has_shuffled_folds_and_a_final_model():
    stack = build(STACK)["vote"]
    assert type(stack) is StackingClassifier
    assert (stack.cv.n_splits, stack.cv.shuffle, stack.cv.random_state) == (2, True, 5)
    assert (type(stack.final_estimator), stack.final_estimator.C) == (LogisticRegression, 3.0)


def test_a_forest_is_seeded_and_uses_one_core():
    classifier = build({"model": "random_forest"})["classifier"]
    assert (classifier.random_state, classifier.n_jobs) == (5, 1)


def test_stop_words_are_written_out_when_asked_for():
    assert cleaning_options(PreprocessingConfig()).stopwords == ()
    written = cleaning_options(PreprocessingConfig(stopwords=True)).stopwords
    assert written == tuple(sorted(ENGLISH_STOP_WORDS))


@pytest.mark.parametrize("candidate", [VOTE, STACK, NETWORK, {"model": "xgboost"}])
def test_a_fitted_estimator_tells_the_topics_apart(fitted, corpus, candidate):
    texts, y = corpus(4)
    assert np.mean(fitted(candidate).predict(texts) == y) > 0.9


@pytest.mark.parametrize(
    ("candidate", "preprocessing", "texts", "message"),
    [
        (
            {"model": "multinomial_nb"},
            {"strip_numbers": True},
            ["1 2", "33"] * 3,
            "no training text",
        ),
        (
            {"model": "multinomial_nb", "vectorizer": {"min_df": 6, "max_df": 0.5}},
            {},
            ["aa bb", "cc dd"] * 3,
            "min_df and max_df",
        ),
        (
            {"model": "multinomial_nb", "vectorizer": {"min_df": 5}},
            {},
            ["aa bb", "cc dd"] * 3,
            "lower min_df",
        ),
        ({"model": "linear_svm"}, {}, ["aa bb", "cc dd"] * 3, "id 0. has 3 training rows"),
        (STACK | {"folds": 4}, {}, ["aa bb", "cc dd"] * 3, "too few for the folds of"),
        ({"model": "mlp"}, {}, ["aa bb", "cc dd"] * 3, "set params.early_stopping to false"),
        (
            {"model": "mlp", "params": {"early_stopping": False, "learning_rate_init": 1e300}},
            {},
            ["aa bb", "cc dd"] * 3,
            "beyond all bounds; lower params.learning_rate_init",
        ),
    ],
)
def test_data_too_poor_for_the_estimator_is_explained(candidate, preprocessing, texts, message):
    estimator = build(candidate, preprocessing)
    with pytest.raises(DataError, match=message) as caught:
        fit_estimator(estimator, texts, np.array([0, 1] * 3))
    assert "\n" not in str(caught.value)


def test_one_class_is_refused():
    with pytest.raises(DataError, match="one class"):
        fit_estimator(build({"model": "linear_svm"}), ["aa bb"] * 9, np.zeros(9, dtype=np.int64))


def test_other_errors_are_not_disguised():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fit_estimator(build({"model": "multinomial_nb"}), ["aa", "bb", "cc"], np.array([0, 1]))


SCRIPT = """
import hashlib, pickle, runpy, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
names, tables = map(runpy.run_path, sys.argv[1:])
texts = [f"{w} story {n % 7} of {w}" for n in range(30) for w in ("oil", "cup")]
models = {}
for candidate in (names["VOTE"], names["STACK"]):
    model = names["build"](candidate, {"stopwords": True})
    names["fit_estimator"](model, texts, np.array([0, 1] * 30))
    models[f"text {candidate['model']}"] = model
for classes, task in ((3, "tabular_classification"), (0, "regression")):
    vote, stack = tables["joint"](task)
    train = tables["data"](classes)
    models[task] = model = tables["fit"](stack if classes else vote, train)
tables["calibrate_interval"](model, train.frame[list(train.inputs)], train.y, 0.9)
for name, model in models.items():
    print(name, hashlib.sha256(pickle.dumps(model, protocol=5)).hexdigest())
"""


@pytest.mark.integration
def test_the_fitted_bytes_do_not_depend_on_the_process():
    """Every model is in these ensembles; hashing, memory and the number of threads differ."""
    tables = Path(__file__).parent / "table" / "test_build.py"
    printed = []
    for number in ("1", "2"):
        own = {"PYTHONHASHSEED": number, "MALLOC_PERTURB_": number, "OMP_NUM_THREADS": number}
        environment = os.environ | own | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", SCRIPT, __file__, str(tables)]
        done = subprocess.run(
            command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
        )
        printed.append(done.stdout.splitlines())
    assert len(printed[0]) == 4
    assert printed[0] == printed[1]
