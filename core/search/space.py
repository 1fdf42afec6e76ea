"""A space of the config as Optuna's distributions, and trials' values back."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.config.search import Between, OneOf

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Space = Mapping[str, Between | OneOf]


def distributions(space: Space) -> "dict[str, BaseDistribution]":
    """One distribution for each key."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    def one(span: Between | OneOf) -> "BaseDistribution":
        if isinstance(span, OneOf):
            return CategoricalDistribution([_text(choice) for choice in span.choices])
        if span.integer:
            return IntDistribution(int(span.low), int(span.high), log=span.log)
        return FloatDistribution(span.low, span.high, log=span.log)

    return {key: one(span) for key, span in space.items()}


def parameters(values: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """Values as Optuna stores them: a choice, which may be a list or a mapping, as JSON."""
    return {k: _text(v) if isinstance(space[k], OneOf) else v for k, v in values.items()}


def values(parameters: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """The candidate's values behind what Optuna stores."""
    return {k: json.loads(v) if isinstance(space[k], OneOf) else v for k, v in parameters.items()}


def _text(choice: Any) -> str:
    return json.dumps(choice, sort_keys=True)
