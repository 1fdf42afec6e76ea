"""scikit-learn's networks, whose pickles hold only what answers."""

from typing import Any

from sklearn.neural_network import MLPClassifier, MLPRegressor

# Two thirds of a network: the optimizer's means, and a copy of the best weights.
_OF_FITTING = {"_optimizer", "_best_coefs", "_best_intercepts", "_random_state"}


class _OnlyAnswers:
    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return {name: value for name, value in state.items() if name not in _OF_FITTING}


class NetworkClassifier(_OnlyAnswers, MLPClassifier):  # type: ignore[misc]
    """``sklearn.neural_network.MLPClassifier`` with a small pickle."""


class NetworkRegressor(_OnlyAnswers, MLPRegressor):  # type: ignore[misc]
    """``sklearn.neural_network.MLPRegressor`` with a small pickle."""
