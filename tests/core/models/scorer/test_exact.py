import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from pydantic import TypeAdapter

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.models.build import build_estimator, fit_estimator
from core.models.parity import check_parity, probe_texts
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_scorer

ROOT = Path(__file__).parents[4]
MODELS = ("logistic_regression", "linear_svm", "multinomial_nb", "complement_nb")
WORDS = {"ngram_range": [1, 2]}
VECTORIZERS = {
    "tfidf": {},
    "bigrams": {**WORDS, "min_df": 2, "sublinear_tf": True},
    "only_bigrams": {"ngram_range": [2, 3], "max_features": 50},
    "count": {"kind": "count", "ngram_range": [1, 3]},
    "char": {"analyzer": "char", "ngram_range": [1, 3], "min_df": 2},
    "char_wb": {"analyzer": "char_wb", "ngram_range": [2, 6], "kind": "count", "min_df": 2},
    "union": [
        WORDS,
        {"analyzer": "char_wb", "ngram_range": [3, 4], "min_df": 3},
        {"kind": "count"},
    ],
}
VOTE = {
    "model": "soft_vote",
    "members": [
        {"model": "logistic_regression", "vectorizer": VECTORIZERS["bigrams"], "weight": 2.0},
        {"model": "linear_svm", "vectorizer": VECTORIZERS["union"], "weight": 0.7},
        {"model": "complement_nb", "vectorizer": VECTORIZERS["char"], "weight": 0.0},
        {"model": "multinomial_nb", "weight": 1.1},
    ],
}
RAW = {"lowercase": False, "strip_html": False, "strip_urls": False}
CLEANED = {"strip_punctuation": True, "strip_numbers": True, "stopwords": True}
MEGABYTE = ["price of oil " * 80_000, "zz" * 500_000, "é" * 1_000_000]


def assert_parity(estimator, labels, texts):
    scorer = ExactScorer(export_scorer(estimator, labels))
    report = check_parity(estimator.predict_proba(texts), scorer, texts, 1e-12)
    assert report.passed, report


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("vectorizer", VECTORIZERS.values(), ids=VECTORIZERS)
@pytest.mark.parametrize("model", MODELS)
def test_the_scorer_answers_as_the_estimator(fitted, corpus, labels, model, vectorizer, classes):
    estimator = fitted({"model": model, "vectorizer": vectorizer}, classes=classes)
    assert_parity(estimator, labels[:classes], probe_texts(corpus(classes)[0], 200, seed=1))


@pytest.mark.parametrize("preprocessing", [{}, RAW, CLEANED], ids=["default", "raw", "cleaned"])
@pytest.mark.parametrize("classes", [2, 4])
def test_a_vote_answers_as_the_estimator(fitted, corpus, labels, preprocessing, classes):
    estimator = fitted(VOTE, preprocessing, classes)
    assert_parity(estimator, labels[:classes], probe_texts(corpus(classes)[0], 200, seed=2))


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(), min_size=1, max_size=8), classes=st.sampled_from([2, 4]))
def test_parity_on_any_unicode(fitted, labels, texts, classes):
    assert_parity(fitted(VOTE, RAW, classes), labels[:classes], texts)


@pytest.mark.integration
@pytest.mark.parametrize("model", MODELS)
def test_parity_on_a_megabyte(fitted, labels, model):
    """Thousands of equal counts saturate the sigmoids; the zero denominators must agree too."""
    estimator = fitted({"model": model, "vectorizer": VECTORIZERS["count"]})
    assert_parity(estimator, labels, MEGABYTE)


@pytest.mark.data
@pytest.mark.skipif("DATA_DIR" not in os.environ, reason="needs real data: set DATA_DIR")
@pytest.mark.parametrize("model", MODELS)
def test_parity_on_ag_news(model):
    rows = pd.read_parquet(Path(os.environ["DATA_DIR"], "ag_news", "ag_news_10k.parquet"))
    texts, y = rows["text"].tolist(), rows["label"].to_numpy()
    candidate = {"name": "c", "model": model, "vectorizer": WORDS}
    config = TypeAdapter(Candidate).validate_json(json.dumps(candidate))
    estimator = build_estimator(config, PreprocessingConfig(), seed=42)
    fit_estimator(estimator, texts[:3000], y[:3000])
    assert_parity(estimator, ("World", "Sports", "Business", "Sci/Tech"), texts[3000:])


def test_one_text_is_a_batch_of_one(fitted, corpus, labels):
    scorer = ExactScorer(export_scorer(fitted(VOTE), labels))
    texts = [*corpus(4)[0], ""]  # More than are scored at once.
    one_by_one = np.array([scorer.outputs_one(text) for text in texts])
    np.testing.assert_array_equal(scorer.outputs(texts), one_by_one)
    assert scorer.outputs([]).shape == (0, 4)
    assert scorer.labels == labels


def test_serving_needs_only_numpy_and_pydantic():
    blocked = ["sklearn", "scipy", "pandas", "simplemma"]
    script = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({blocked}))\n"
        "import core.models.text, core.models.scorer.exact, core.models.scorer.storage\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
