"""Test scores of the selected candidates, beside a plain scikit-learn model on the same rows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import click
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from benchmarks.measure import json_option, print_json, print_table
from benchmarks.training.runs import Job, from_file, load_job


def _plain_texts(_: Job) -> Pipeline:
    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10))


def _plain_classes(_: Job) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression())


def _plain_quantities(job: Job) -> Pipeline:
    categories = [kind == "category" for kind in job.splits["train"].kinds]
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = make_column_transformer((encode, categories), remainder="passthrough")
    return make_pipeline(columns, HistGradientBoostingRegressor(random_state=job.config.seed))


@dataclass(frozen=True)
class Case:
    """A config, what it must reach on its test split, and the plain model beside it."""

    config: str
    metric: str
    least: float
    plain: Callable[[Job], Pipeline]
    file: str = ""
    more: dict[str, str] = field(default_factory=dict)


CASES = {
    "sentiment": Case(
        "rotten_tomatoes",
        "accuracy",
        0.775,
        _plain_texts,
        "rotten_tomatoes/rotten_tomatoes_9k.parquet",
    ),
    "breast cancer": Case("breast_cancer", "accuracy", 0.95, _plain_classes),
    "housing": Case(
        "california_housing",
        "r2",
        0.83,
        _plain_quantities,
        "california_housing/housing.csv",
        {"data.label": "median_house_value"},
    ),
}


@click.command()
@json_option
def accuracy(as_json: bool) -> None:
    """Fit each config's candidates, select on validation, evaluate on test with its interval."""
    found = {f"{name}: {case.metric}": _measure(case) for name, case in CASES.items()}
    print_json(found) if as_json else print_table("Test split", found)


def _measure(case: Case) -> dict[str, float | str]:
    job = load_job(case.config, **(from_file(case.file) if case.file else {}), **case.more)
    fitted = job.fit_all()
    best = job.selected(fitted)
    splits, config = job.splits, job.config
    evaluation = job.task.evaluate(
        fitted[best][0], splits["validation"], splits["test"], config.evaluation, config.seed
    )
    estimate = evaluation.metrics[case.metric]
    plain = case.plain(job).fit(job.task.inputs(splits["train"]), splits["train"].y)
    theirs = plain.score(job.task.inputs(splits["test"]), splits["test"].y)
    return {
        "selected": best,
        "test": estimate.value,
        "95% interval": f"{estimate.low:.4f} to {estimate.high:.4f}",
        "at least": case.least,
        "plain": theirs,
        "ratio": estimate.value / theirs,
        "verdict": "met" if estimate.value >= case.least else "missed",
    }
