"""A fitted pipeline that the exact scorer does not know, served by scikit-learn from its pickle.

Opening a pickle runs what it says. Only ``storage.load_scorer`` does it, after it has checked the
bytes against a known SHA-256. Imports without scikit-learn, which the pickle itself asks for.
"""

import pickle
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from core.errors import GatehouseError
from core.features import Feature
from core.models.scorer.protocol import MemberExplanation
from core.models.scorer.spec import FloatArray, Interval, PickledModel
from core.models.table.contributions import linear_contributions
from core.models.text import CleaningOptions

# Project modules whose classes a pickled pipeline may hold: who serves it must carry them.
PICKLED_MODULES = (
    *("core.models.cleaner", "core.models.text", "core.models.vectorizers"),
    *(
        f"core.models.table.{name}"
        for name in ("encoder", "categories", "numbers", "texts", "outputs")
    ),
    "core.models.networks",
)
LIBRARIES = ("scikit-learn", "numpy", "scipy")
XGBOOST = "xgboost"
_XGBOOST_MODULE = b"xgboost.sklearn"  # Not the name alone: a text may speak of it.
# Of pickles that hold a transformer; the module brings what it imports of the project.
TRANSFORMER_MODULE = "core.models.transformer"
# They read what an earlier version wrote; golden answers tell if they answer otherwise.
TRANSFORMERS = ("torch", "transformers")
# A pickle is meant for the very version of these.
_EXACT = ("scikit-learn", XGBOOST)
# The same library under several names.
_DISTRIBUTIONS = {XGBOOST: (XGBOOST, "xgboost-cpu")}


def pickle_estimator(
    estimator: Any,
    labels: Sequence[str],
    cleaning: CleaningOptions,
    features: Sequence[Feature] = (),
    target: str = "label",
    interval: Interval | None = None,
) -> PickledModel:
    """Pickles a fitted pipeline.

    Args:
        estimator: Fitted on class ids 0 to len(labels) - 1, or on quantities.
        labels: Class names in the order of their ids; empty where it predicts a quantity.
        cleaning: What it does to texts.
        features: The columns that it takes; empty where it takes texts.
        target: Name of what it predicts.
        interval: Of a predicted quantity.
    """
    content = pickle.dumps(estimator, protocol=5)
    is_transformer = TRANSFORMER_MODULE.encode() in content
    names = (*LIBRARIES, *[XGBOOST] * (_XGBOOST_MODULE in content))
    names += TRANSFORMERS * is_transformer
    return PickledModel(
        labels=tuple(labels),
        cleaning=cleaning,
        content=content,
        libraries={name: _version(name) for name in names},
        features=tuple(features),
        target=target,
        interval=interval,
    )


class EstimatorScorer:
    """Scores texts or plain rows with the pipeline itself."""

    def __init__(self, model: PickledModel) -> None:
        """Opens the pickle, so ``model`` must be known to be ours.

        Raises:
            GatehouseError: A library is missing, or of another version where that matters.
        """
        for library in (*_EXACT, *TRANSFORMERS):
            if library in model.libraries:
                _require(library, model.libraries[library])
        self.labels = model.labels
        self.features = model.features
        self.target = model.target
        self.interval = model.interval
        self._estimator: Any = pickle.loads(model.content)  # noqa: S301

    def outputs(self, inputs: Sequence[Any]) -> FloatArray:
        """Returns class probabilities, shape (len(inputs), len(labels)), or quantities, (.., 1)."""
        if not inputs:  # scikit-learn refuses to score nothing.
            return np.empty((0, len(self.labels) or 1))
        if self.labels:
            probabilities: FloatArray = self._estimator.predict_proba(inputs)
            return probabilities
        quantities: FloatArray = np.asarray(self._estimator.predict(inputs), np.float64)
        return quantities.reshape(-1, 1)

    def outputs_one(self, item: Any) -> FloatArray:
        """Returns the outputs of one text or row, shape (outputs,)."""
        outputs: FloatArray = self.outputs((item,))[0]
        return outputs

    def explain(self, item: Any, output_id: int) -> tuple[MemberExplanation, ...] | None:
        """Returns what each column adds to a linear table model's score; None for any other."""
        found = linear_contributions(self._estimator, item, output_id) if self.features else None
        if found is None:
            return None
        return (MemberExplanation(1.0, found.score, found.intercept, found.columns),)


def _require(library: str, recorded: str) -> None:
    """Pickles of one version are not meant for another, which may answer differently."""
    try:
        found = _version(library)
    except PackageNotFoundError as error:
        raise GatehouseError(
            f"the model needs {library} {recorded}, which is not installed here; install it"
        ) from error
    if library in _EXACT and found != recorded:
        raise GatehouseError(
            f"the model was made by {library} {recorded}, and here {library} is {found}; "
            f"install {library}=={recorded} or release the model again"
        )


def _version(library: str) -> str:
    *others, last = _DISTRIBUTIONS.get(library, (library,))
    for name in others:
        with suppress(PackageNotFoundError):
            return version(name)
    return version(last)
