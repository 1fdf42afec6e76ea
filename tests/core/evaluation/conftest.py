import numpy as np
import pytest

from core.config.evaluation import EvaluationConfig
from core.evaluation.classification import evaluate_classifier
from core.evaluation.evaluation import Evaluation, Explanation, Weighing, Weight
from core.evaluation.measured import Measured
from core.evaluation.regression import evaluate_regression
from core.evaluation.slices import Slice, number_slices
from core.models.scorer.spec import Interval

LABELS = ("Ham & <Eggs>", "Wörld", "C")


@pytest.fixture(scope="session")
def evaluation() -> Evaluation:
    rng = np.random.default_rng(0)
    proba = rng.dirichlet([0.5, 0.5, 0.5], size=200)
    y = (rng.random((200, 1)) > proba.cumsum(axis=1)).sum(axis=1)
    first = np.arange(200) < 60
    return evaluate_classifier(
        Measured(LABELS, y, proba, y, proba),
        slices=[
            Slice("source", "wire", first),
            Slice("source", "blog", ~first),
            Slice("source", "nobody", np.zeros(200, dtype=bool)),
        ],
        explained=Explanation(
            terms={LABELS[0]: [("<b>bold</b>", 2.0), ("b & c", 1.0)], LABELS[1]: [("wörld", 3.0)]}
        ),
        config=EvaluationConfig(),
        seed=1,
    )


@pytest.fixture(scope="session")
def binary() -> Evaluation:
    rng = np.random.default_rng(2)
    score = rng.random(300)
    y = (rng.random(300) < score).astype(int)
    proba = np.column_stack([1 - score, score])
    return evaluate_classifier(
        Measured(("no", "yes"), y, proba, y, proba),
        slices=(),
        explained=Explanation(),
        config=EvaluationConfig.model_validate({"costs": {"false_negative": 5}}),
        seed=1,
    )


@pytest.fixture(scope="session")
def regression() -> Evaluation:
    rng = np.random.default_rng(3)
    y = rng.normal(50_000, 20_000, size=300)
    outputs = (y + rng.normal(0, 5_000, size=300))[:, None]
    weights = (Weight(name="<i>rooms</i>", value=0.4, spread=0.02), Weight(name="age", value=0.1))
    shuffled = Weighing(method="permutation", unit="loss of r2", rows=300, weights=weights)
    return evaluate_regression(
        Measured((), y, outputs, y, outputs),
        interval=Interval(coverage=0.9, half_width=8_000),
        slices=number_slices("size", rng.random(300)),
        explained=Explanation(weighings=(shuffled,), notes=("Something was left out.",)),
        seed=1,
    )
