"""A small synthetic corpus and estimators fitted on it."""

import json
import random
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.models.build import build_estimator, fit_estimator

LABELS = ("World", "Sports", "Business", "Sci/Tech")
TOPICS = (
    "minister election treaty border émigré talks troops summit",
    "match coach season striker cup goals league İnönü",
    "shares profit bank market oil merger €uro price",
    "software chip orbit probe browser Größe internet naïve",
)
SHARED = "the a of in on says new after year first report two more AT&amp;T <b>today</b>"

Corpus = tuple[list[str], np.ndarray]


@cache
def make_corpus(classes: int) -> Corpus:
    generator = random.Random(3)
    y = np.arange(40 * classes, dtype=np.int64) % classes
    texts = [
        " ".join(
            generator.choices(TOPICS[label].split(), k=4) + generator.choices(SHARED.split(), k=6)
        )
        for label in y
    ]
    return texts, y


@cache
def fit(candidate: str, preprocessing: str, classes: int) -> Pipeline:
    config = TypeAdapter(Candidate).validate_json(candidate)
    options = PreprocessingConfig.model_validate_json(preprocessing)
    return fit_estimator(build_estimator(config, options, seed=5), *make_corpus(classes))


@pytest.fixture(scope="session")
def corpus() -> Callable[[int], Corpus]:
    return make_corpus


@pytest.fixture(scope="session")
def fitted() -> Callable[..., Pipeline]:
    """Fits a candidate of a config, once for equal arguments."""

    def fitted_once(
        candidate: dict, preprocessing: dict | None = None, classes: int = 4
    ) -> Pipeline:
        return fit(json.dumps({"name": "c", **candidate}), json.dumps(preprocessing or {}), classes)

    return fitted_once


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    return LABELS
