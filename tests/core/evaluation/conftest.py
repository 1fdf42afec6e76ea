import numpy as np
import pytest

from core.evaluation.evaluation import Evaluation, evaluate_classifier
from core.evaluation.slices import Slice

LABELS = ("Ham & <Eggs>", "Wörld", "C")


@pytest.fixture(scope="session")
def evaluation() -> Evaluation:
    rng = np.random.default_rng(0)
    proba = rng.dirichlet([0.5, 0.5, 0.5], size=200)
    y = (rng.random((200, 1)) > proba.cumsum(axis=1)).sum(axis=1)
    first = np.arange(200) < 60
    return evaluate_classifier(
        labels=LABELS,
        y=y,
        proba=proba,
        slices=[
            Slice("source", "wire", first),
            Slice("source", "blog", ~first),
            Slice("source", "nobody", np.zeros(200, dtype=bool)),
        ],
        top_terms={LABELS[0]: [("<b>bold</b>", 2.0), ("b & c", 1.0)], LABELS[1]: [("wörld", 3.0)]},
        seed=1,
    )
