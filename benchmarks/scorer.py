"""The exact scorer against the estimator that it was exported from, one text at a time."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

import click
import numpy as np

from benchmarks.measure import in_turns, json_option, print_json, print_table, rounds_option
from benchmarks.rows import read_base
from core.config.candidates import (
    Candidate,
    LinearSvmCandidate,
    LogisticRegressionCandidate,
    VectorizerConfig,
)
from core.config.data import PreprocessingConfig
from core.models.build import build_estimator, fit_estimator
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_scorer

TRAIN_ROWS, TEXTS = 7_000, 300
BIGRAMS = VectorizerConfig(ngram_range=(1, 2))
CANDIDATES: dict[str, Candidate] = {
    "logistic regression": LogisticRegressionCandidate(
        name="lr", model="logistic_regression", vectorizer=BIGRAMS
    ),
    "calibrated linear SVM": LinearSvmCandidate(name="svm", model="linear_svm", vectorizer=BIGRAMS),
}


@click.command()
@rounds_option(9)
@json_option
def main(rounds: int, as_json: bool) -> None:
    """CPU µs per text of the served scorer and of the estimator's predict_proba, in turns.

    Both models are TF-IDF over words and word pairs, fitted on 7,000 rows. A round scores 300 held
    out texts, one per call. Also shows the largest difference between their probabilities. Reads AG
    News from DATA_DIR; without it, the embedded synthetic headlines.
    """
    rows = read_base()
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    y = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    results = {
        name: _compare(candidate, texts, y, rounds) for name, candidate in CANDIDATES.items()
    }
    print_json(results) if as_json else print_table("CPU µs per text, medians", results)


def _compare(
    candidate: Candidate, texts: Sequence[str], y: np.ndarray, rounds: int
) -> dict[str, float]:
    unfitted = build_estimator(candidate, PreprocessingConfig(), seed=42)
    estimator = fit_estimator(unfitted, texts[:TRAIN_ROWS], y[:TRAIN_ROWS])
    scorer = ExactScorer(export_scorer(estimator, [str(label) for label in np.unique(y)]))
    held_out = texts[TRAIN_ROWS : TRAIN_ROWS + TEXTS]
    found = in_turns(
        {
            "estimator": partial(_cpu_us, lambda text: estimator.predict_proba([text]), held_out),
            "scorer": partial(_cpu_us, scorer.predict_proba_one, held_out),
        },
        rounds,
    )
    ours, theirs = median(found["scorer"]), median(found["estimator"])
    difference = scorer.predict_proba(held_out) - estimator.predict_proba(held_out)
    return {
        "estimator": theirs,
        "scorer": ours,
        "ratio": theirs / ours,
        "largest difference": float(np.abs(difference).max()),
    }


def _cpu_us(score: Callable[[str], object], texts: Sequence[str]) -> float:
    clock = time.process_time()
    for text in texts:
        score(text)
    return (time.process_time() - clock) / len(texts) * 1e6


if __name__ == "__main__":
    main()
