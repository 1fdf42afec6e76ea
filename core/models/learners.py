"""From a model's name and parameters in the config to an unfitted estimator, texts or tables alike.

Every one is seeded and uses one thread: with several, forests add their trees up in the order in
which threads end, and boosting sums in another order on another number of cores.
"""

from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.svm import LinearSVC

from core.config.candidates import SoftVoteCandidate, StackingCandidate
from core.config.models import (
    AnyModel,
    ComplementNbModel,
    FinalModel,
    GaussianNbModel,
    HistGradientBoostingModel,
    LinearRegressionModel,
    LinearSvmModel,
    LogisticRegressionFinal,
    LogisticRegressionModel,
    MlpModel,
    MultinomialNbModel,
    RandomForestModel,
    RandomForestParams,
    RidgeFinal,
    RidgeModel,
    TransformerModel,
    XgboostModel,
)
from core.errors import ConfigError
from core.models.checkpoints import require_libraries
from core.models.fine_tuning import FineTuning
from core.models.networks import NetworkClassifier, NetworkRegressor
from core.models.transformer import TransformerClassifier

Ensemble = SoftVoteCandidate | StackingCandidate
Named = Sequence[tuple[str, BaseEstimator]]

CLASS_ONLY = {"class_weight"}
_NAIVE_BAYES = {
    "multinomial_nb": MultinomialNB,
    "complement_nb": ComplementNB,
    "gaussian_nb": GaussianNB,
}


def classifier(  # noqa: PLR0911 - one line per model
    model: AnyModel | FinalModel, seed: int
) -> BaseEstimator:
    """Returns an unfitted classifier with ``predict_proba``.

    Raises:
        ConfigError: The model predicts quantities only, or its library is missing.
    """
    match model:
        case LogisticRegressionModel(params=params) | LogisticRegressionFinal(params=params):
            # About ten times faster than lbfgs on sparse text, with the same optimum.
            return LogisticRegression(solver="newton-cg", **params.model_dump())
        case LinearSvmModel(params=params):
            svm = LinearSVC(random_state=seed, **params.model_dump(exclude={"calibration_folds"}))
            # ensemble=False: folds only calibrate, and one SVM is left to serve.
            return CalibratedClassifierCV(
                svm, method="sigmoid", cv=params.calibration_folds, ensemble=False
            )
        case MultinomialNbModel() | ComplementNbModel() | GaussianNbModel():
            return _NAIVE_BAYES[model.model](**model.params.model_dump())
        case RandomForestModel(params=params):
            return RandomForestClassifier(random_state=seed, n_jobs=1, **_forest(params, "sqrt"))
        case HistGradientBoostingModel(params=params):
            return HistGradientBoostingClassifier(random_state=seed, **params.model_dump())
        case MlpModel(params=params):
            return NetworkClassifier(random_state=seed, **params.model_dump())
        case XgboostModel(params=params):
            return _xgboost().XGBClassifier(random_state=seed, n_jobs=1, **params.model_dump())
        case TransformerModel(params=params):
            require_libraries()
            return TransformerClassifier(FineTuning(seed=seed, **params.model_dump()))
    raise ConfigError(f"candidates: {model.model} predicts no classes")


def regressor(model: AnyModel | FinalModel, seed: int) -> BaseEstimator:
    """Returns an unfitted regressor.

    Raises:
        ConfigError: The model predicts classes only, or its library is missing.
    """
    match model:
        case LinearRegressionModel():
            return LinearRegression()
        case RidgeModel(params=params) | RidgeFinal(params=params):
            return Ridge(random_state=seed, **params.model_dump())
        case RandomForestModel(params=params):
            options = _forest(params, 1.0, CLASS_ONLY)
            return RandomForestRegressor(random_state=seed, n_jobs=1, **options)
        case HistGradientBoostingModel(params=params):
            options = params.model_dump(exclude=CLASS_ONLY)
            return HistGradientBoostingRegressor(random_state=seed, **options)
        case MlpModel(params=params):
            return NetworkRegressor(random_state=seed, **params.model_dump())
        case XgboostModel(params=params):
            return _xgboost().XGBRegressor(random_state=seed, n_jobs=1, **params.model_dump())
    raise ConfigError(f"candidates: {model.model} predicts no quantities")


def joint_classifier(ensemble: Ensemble, members: Named, seed: int) -> BaseEstimator:
    """Returns the vote or the stack of unfitted ``members``, in the order of the config's."""
    if isinstance(ensemble, SoftVoteCandidate):
        return VotingClassifier(list(members), voting="soft", weights=_weights(ensemble))
    final = ensemble.final or LogisticRegressionFinal(model="logistic_regression")
    folds = StratifiedKFold(ensemble.folds, shuffle=True, random_state=seed)
    return StackingClassifier(
        list(members), classifier(final, seed), cv=folds, stack_method="predict_proba"
    )


def joint_regressor(ensemble: Ensemble, members: Named, seed: int) -> BaseEstimator:
    """Returns the vote or the stack of unfitted ``members``, in the order of the config's."""
    if isinstance(ensemble, SoftVoteCandidate):
        return VotingRegressor(list(members), weights=_weights(ensemble))
    final = ensemble.final or RidgeFinal(model="ridge")
    folds = KFold(ensemble.folds, shuffle=True, random_state=seed)
    return StackingRegressor(list(members), regressor(final, seed), cv=folds)


def member_names(ensemble: Ensemble) -> list[str]:
    """Returns a name for each member that says which model it is."""
    return [f"{member.model}_{n}" for n, member in enumerate(ensemble.members, start=1)]


def _weights(vote: SoftVoteCandidate) -> list[float]:
    return [member.weight for member in vote.members]


def _forest(
    params: RandomForestParams, every: float | str, exclude: set[str] | None = None
) -> dict[str, Any]:
    values = params.model_dump(exclude=exclude)
    return values | {"max_features": params.max_features or every}


def _xgboost() -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise ConfigError(
            "candidates: model xgboost needs the extra xgboost: make setup EXTRAS=xgboost"
        ) from error
    return xgboost
