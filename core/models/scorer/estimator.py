"""A fitted pipeline that the exact scorer does not know, served by scikit-learn from its pickle.

Opening a pickle runs what it says. Only ``storage.load_scorer`` does it, after it has checked the
bytes against a known SHA-256. Imports without scikit-learn, which the pickle itself asks for.
"""

import pickle
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import GatehouseError
from core.models.scorer.protocol import MemberExplanation
from core.models.scorer.spec import FloatArray, PickledModel
from core.models.text import CleaningOptions

# Project modules whose classes a pickled pipeline may hold: who serves it must carry them.
PICKLED_MODULES = ("core.models.cleaner", "core.models.text", "core.models.vectorizers")
LIBRARIES = ("scikit-learn", "numpy", "scipy")


class Estimator(Protocol):
    """What is asked of a fitted scikit-learn classifier of raw texts."""

    classes_: NDArray[np.int64]

    def predict(self, texts: Sequence[str], /) -> NDArray[np.int64]:
        """Returns class ids, shape (len(texts),)."""
        ...

    def predict_proba(self, texts: Sequence[str], /) -> FloatArray:
        """Returns class probabilities, shape (len(texts), len(classes_))."""
        ...


def pickle_estimator(
    estimator: Estimator, labels: Sequence[str], cleaning: CleaningOptions
) -> PickledModel:
    """Pickles a pipeline that was fitted on class ids 0 to len(labels) - 1."""
    versions = {name: version(name) for name in LIBRARIES}
    return PickledModel(tuple(labels), cleaning, pickle.dumps(estimator, protocol=5), versions)


class EstimatorScorer:
    """Scores raw texts with the pipeline itself."""

    def __init__(self, model: PickledModel) -> None:
        """Opens the pickle, so ``model`` must be known to be ours.

        Raises:
            GatehouseError: scikit-learn is missing or of another version than the recorded one.
        """
        _require_version("scikit-learn", model.libraries["scikit-learn"])
        self.labels = model.labels
        self._estimator: Any = pickle.loads(model.content)  # noqa: S301

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Returns class probabilities, shape (len(texts), len(labels))."""
        if not texts:  # scikit-learn refuses to score nothing.
            return np.empty((0, len(self.labels)))
        probabilities: FloatArray = self._estimator.predict_proba(texts)
        return probabilities

    def predict_proba_one(self, text: str) -> FloatArray:
        """Returns the class probabilities of one text, shape (len(labels),)."""
        probabilities: FloatArray = self.predict_proba((text,))[0]
        return probabilities

    def explain(self, text: str, label_id: int) -> tuple[MemberExplanation, ...] | None:
        """Returns None: only linear models can tell which terms pushed a class."""
        return None


def _require_version(library: str, recorded: str) -> None:
    """Pickles of one scikit-learn are not meant for another, which may answer differently."""
    try:
        found = version(library)
    except PackageNotFoundError as error:
        raise GatehouseError(
            f"the model needs {library} {recorded}, which is not installed here"
        ) from error
    if found != recorded:
        raise GatehouseError(
            f"the model was made by {library} {recorded}, and here {library} is {found}; "
            f"install {library}=={recorded} or release the model again"
        )
