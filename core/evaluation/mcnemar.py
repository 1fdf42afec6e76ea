"""McNemar's test: are two classifiers wrong equally often on the same rows?"""

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest


class McNemar(BaseModel):
    """The rows that only one of the models has right, and what they say.

    Attributes:
        champion_only: Rows that only the champion has right (b).
        candidate_only: Rows that only the candidate has right (c).
        p_value: Two-sided; small where the models are not wrong equally often.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    champion_only: int
    candidate_only: int
    p_value: float


def mcnemar(champion: np.ndarray, candidate: np.ndarray) -> McNemar:
    """The exact test: b of b + c is binomial with probability 1/2 when both are equally good.

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated
    proportions or percentages" (Psychometrika 12:153); the exact conditional form as in Fagerland,
    Lydersen & Laake 2013, "The McNemar test for binary matched-pairs data" (BMC Medical Research
    Methodology 13:91), which shows that it is conservative.

    Args:
        champion: Which rows the champion has right, shape (rows,).
        candidate: Which rows the candidate has right, shape (rows,).
    """
    before, after = np.asarray(champion, dtype=bool), np.asarray(candidate, dtype=bool)
    b, c = int((before & ~after).sum()), int((after & ~before).sum())
    p_value = float(binomtest(b, b + c).pvalue) if b + c else 1.0
    return McNemar(champion_only=b, candidate_only=c, p_value=p_value)
