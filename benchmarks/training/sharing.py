"""A search over a classifier's parameter, beside a scikit-learn pipeline for each trial."""

import click
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline

from benchmarks.measure import json_option, print_json, print_table
from benchmarks.training.runs import NEWS, Job, from_file, load_job, timed
from core.config.candidates import Candidate, LogisticRegressionCandidate
from core.config.models import VectorizerConfig
from core.config.search import Between, SearchConfig
from core.models.sharing import forget
from core.models.text import compile_cleaner
from core.models.text_features import cleaning_options
from core.search.folds import Fold, make_folds
from core.search.search import search
from core.search.summary import SearchSummary

AT_MOST = 0.5
FOLDS = 3


@click.command()
@click.option("--trials", default=30, show_default=True, type=click.IntRange(min=2))
@json_option
def sharing(trials: int, as_json: bool) -> None:
    """Score the same values of C on the same folds: one search, then plain pipelines.

    Nothing is pruned, so both fit as often. Scores of both are compared fold by fold, and the
    probabilities of the best values on the validation split.
    """
    job = load_job("ag_news", **from_file(NEWS))
    candidate = _candidate(trials)
    train, config = job.splits["train"], job.config
    forget()
    found, ours = timed(
        lambda: search(job.task, candidate, config.preprocessing, train, "log_loss", config.seed)
    )
    folds = make_folds(job.task, train, FOLDS, config.seed)
    scores, theirs = timed(lambda: [_plain_scores(job, found, folds, t) for t in range(trials)])
    searched = [trial.folds for trial in found.history]
    values = {
        "wall, ratio": ours.wall / theirs.wall,
        "CPU, ratio": ours.cpu / theirs.cpu,
        "at most": AT_MOST,
        "scores, largest difference": float(np.abs(np.subtract(searched, scores)).max()),
        "probabilities, largest difference": _difference(job, candidate, found),
        "search, wall s": ours.wall,
        "pipelines, wall s": theirs.wall,
    }
    if as_json:
        print_json(values)
        return
    print_table("Sharing", {name: {"value": value} for name, value in values.items()})


def _candidate(trials: int) -> Candidate:
    return LogisticRegressionCandidate(
        name="searched",
        model="logistic_regression",
        vectorizer=VectorizerConfig(ngram_range=(1, 2)),
        search=SearchConfig(
            space={"params.C": Between(low=0.1, high=30.0, log=True)},
            trials=trials,
            folds=FOLDS,
            prune=False,
        ),
    )


def _plain(job: Job, c: float) -> Pipeline:
    clean = compile_cleaner(cleaning_options(job.config.preprocessing))
    return Pipeline(
        [
            ("vectorizer", TfidfVectorizer(preprocessor=clean, ngram_range=(1, 2))),
            ("classifier", LogisticRegression(C=c, solver="newton-cg", max_iter=200)),
        ]
    )


def _plain_scores(
    job: Job, found: SearchSummary, folds: tuple[Fold, ...], number: int
) -> list[float]:
    c = found.history[number].values["params.C"]
    scores = []
    for fold in folds:
        fitted = _plain(job, c).fit(fold.fit_inputs, fold.fit.y)
        scores.append(log_loss(fold.held.y, fitted.predict_proba(fold.held_inputs)))
    return scores


def _difference(job: Job, candidate: Candidate, found: SearchSummary) -> float:
    train, asked = job.splits["train"], job.task.inputs(job.splits["validation"])
    plain = _plain(job, found.best["params.C"]).fit(job.task.inputs(train), train.y)
    fitted, _ = job.fit(candidate, found)
    return float(np.abs(plain.predict_proba(asked) - fitted.predict_proba(asked)).max())
