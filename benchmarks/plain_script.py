"""The peer of a Gatehouse run: the same three fits in a plain script, tracked with MLflow."""

import json
import time
from importlib.metadata import version
from pathlib import Path

STARTED = time.perf_counter()

import click  # noqa: E402
import mlflow  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.calibration import CalibratedClassifierCV  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import accuracy_score, classification_report  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402

IMPORTED = time.perf_counter()
SEED = 42
REQUIREMENTS = [f"{name}=={version(name)}" for name in ("scikit-learn", "numpy", "scipy")]


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--infer-requirements",
    is_flag=True,
    help="Let MLflow find each model's, as it does by default.",
)
def main(data: Path, folder: Path, infer_requirements: bool) -> None:
    """Fit three models on a Parquet file, track them, evaluate the best on a test split.

    DATA has the columns text and label. MLflow's database and models go to FOLDER. No checks of
    the data, no registries, no comparison, no report, no Bento. Prints one JSON object.
    """
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("plain", artifact_location=(folder / "models").resolve().as_uri())
    mlflow.set_experiment("plain")
    rows = pd.read_parquet(data)
    train, rest = _split(rows, train_size=0.70)
    validation, test = _split(rest, train_size=0.50)

    seconds = {"imports": IMPORTED - STARTED, "fits": 0.0, "log_model": 0.0}
    models, scores = candidates(), {}
    for name, model in models.items():
        with mlflow.start_run(run_name=name):
            clock = time.perf_counter()
            model.fit(train["text"], train["label"])
            seconds["fits"] += time.perf_counter() - clock
            scores[name] = accuracy_score(validation["label"], model.predict(validation["text"]))
            mlflow.log_params({"seed": SEED, "train_rows": len(train)})
            mlflow.log_metric("validation_accuracy", scores[name])
            clock = time.perf_counter()
            _log_model(model, None if infer_requirements else REQUIREMENTS)
            seconds["log_model"] += time.perf_counter() - clock

    best = max(scores, key=lambda name: scores[name])
    predicted = models[best].predict(test["text"])
    click.echo(classification_report(test["label"], predicted), err=True)
    accuracy = accuracy_score(test["label"], predicted)
    click.echo(json.dumps({"best": best, "test_accuracy": accuracy, "seconds": seconds}))


def candidates() -> dict[str, Pipeline]:
    """The three candidates of ``configs/ag_news.yaml``, with the same solvers."""
    svm = LinearSVC(C=1.0, random_state=SEED)
    return {
        "tfidf_lr_baseline": make_pipeline(
            TfidfVectorizer(), LogisticRegression(C=1.0, solver="newton-cg")
        ),
        "tfidf_lr_bigrams": make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=5.0, solver="newton-cg")
        ),
        "tfidf_svm_bigrams": make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2)), CalibratedClassifierCV(svm, cv=5, ensemble=False)
        ),
    }


def _split(rows: pd.DataFrame, train_size: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    first, second = train_test_split(
        rows, train_size=train_size, stratify=rows["label"], random_state=SEED
    )
    return first, second


def _log_model(model: Pipeline, requirements: list[str] | None) -> None:
    # MLflow's default format, skops, refuses a calibrated classifier.
    mlflow.sklearn.log_model(
        model, name="model", serialization_format="cloudpickle", pip_requirements=requirements
    )


if __name__ == "__main__":
    main()
