"""The exact scorer against the estimator that it was exported from, one text and many at a time."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

import click
import numpy as np
from sklearn.pipeline import Pipeline

from benchmarks.measure import in_turns, json_option, print_json, print_table, rounds_option
from benchmarks.rows import read_base
from core.config.candidates import (
    Candidate,
    LinearSvmCandidate,
    LogisticRegressionCandidate,
)
from core.config.data import PreprocessingConfig
from core.config.models import VectorizerConfig
from core.models.build import build_estimator, fit_estimator
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_scorer

TRAIN_ROWS = 7_000
TEXTS = {1: 300, 100: 1_000, 1_000: 3_000}  # In a round, by texts in a call.
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

    Both models are TF-IDF over words and word pairs, fitted on 7,000 rows. The texts are held out;
    a call scores 1, 100 or 1,000 of them. Also shows the largest difference between the
    probabilities. Reads AG News from DATA_DIR; without it, the embedded synthetic headlines.
    """
    rows = read_base()
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    y = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    results = {}
    for name, candidate in CANDIDATES.items():
        unfitted = build_estimator(candidate, PreprocessingConfig(), seed=42)
        estimator = fit_estimator(unfitted, texts[:TRAIN_ROWS], y[:TRAIN_ROWS])
        scorer = ExactScorer(export_scorer(estimator, [str(label) for label in np.unique(y)]))
        for size, count in TEXTS.items():
            held_out = texts[TRAIN_ROWS : TRAIN_ROWS + count]
            results[f"{name}, {size}"] = _compare(estimator, scorer, held_out, size, rounds)
    print_json(results) if as_json else print_table(
        "CPU µs per text by model and texts in a call, medians", results
    )


def _compare(
    estimator: Pipeline, scorer: ExactScorer, texts: Sequence[str], size: int, rounds: int
) -> dict[str, float]:
    batches = [texts[start : start + size] for start in range(0, len(texts), size)]
    ours_of = scorer.outputs if size > 1 else lambda batch: scorer.outputs_one(*batch)
    found = in_turns(
        {
            "estimator": partial(_cpu_us, estimator.predict_proba, batches),
            "scorer": partial(_cpu_us, ours_of, batches),
        },
        rounds,
    )
    ours, theirs = median(found["scorer"]), median(found["estimator"])
    difference = scorer.outputs(texts) - estimator.predict_proba(texts)
    return {
        "estimator": theirs,
        "scorer": ours,
        "ratio": theirs / ours,
        "largest difference": float(np.abs(difference).max()),
    }


def _cpu_us(score: Callable[[Sequence[str]], object], batches: Sequence[Sequence[str]]) -> float:
    clock = time.process_time()
    for batch in batches:
        score(batch)
    return (time.process_time() - clock) / sum(map(len, batches)) * 1e6


if __name__ == "__main__":
    main()
