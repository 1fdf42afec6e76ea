"""From the config to how texts are cleaned and counted, for text models and text columns alike."""

from collections.abc import Sequence

from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.pipeline import FeatureUnion

from core.config.data import PreprocessingConfig
from core.config.models import VectorizerConfig
from core.models.text import CleaningOptions
from core.models.vectorizers import CountVectorizer, TfidfVectorizer

_OF_TABLES = {"numbers", "categories", "dates"}


def cleaning_options(preprocessing: PreprocessingConfig) -> CleaningOptions:
    """Returns the options of the section, with scikit-learn's stop words written out."""
    stopwords = tuple(sorted(ENGLISH_STOP_WORDS)) if preprocessing.stopwords else ()
    return CleaningOptions(
        **preprocessing.model_dump(exclude=_OF_TABLES) | {"stopwords": stopwords}
    )


def text_features(vectorizers: Sequence[VectorizerConfig]) -> BaseEstimator:
    """Returns an unfitted transformer of cleaned texts: one vectorizer, or several side by side."""
    if len(vectorizers) == 1:
        return _vectorizer(vectorizers[0])
    return FeatureUnion(
        [
            (f"{config.kind}_{config.analyzer}_{number}", _vectorizer(config))
            for number, config in enumerate(vectorizers, start=1)
        ]
    )


def _vectorizer(config: VectorizerConfig) -> BaseEstimator:
    shared = config.model_dump(exclude={"kind", "sublinear_tf"})
    if config.kind == "count":
        return CountVectorizer(lowercase=False, **shared)
    return TfidfVectorizer(lowercase=False, sublinear_tf=config.sublinear_tf, **shared)
