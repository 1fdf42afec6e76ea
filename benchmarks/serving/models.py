"""The model that every contender serves: fitted once, saved for the peers, packed as our Bento."""

import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow.sklearn
import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from benchmarks.measure import ROOT, run_python
from benchmarks.rows import fresh_homes
from benchmarks.serving.peers.files import ESTIMATOR, LABELS, MLFLOW, SCORER
from core.config import load_config
from core.models.build import fit_estimator
from core.models.scorer.export import export_scorer
from core.models.scorer.storage import save_scorer
from core.tasks import get_task

CANDIDATES = {"lr": "tfidf_lr_bigrams", "svm": "tfidf_svm_bigrams"}
DATA = Path("ag_news", "ag_news_10k.parquet")  # below DATA_DIR
TEXTS = 2_048  # above the entries of the service's cache


@dataclass(frozen=True)
class Model:
    """A fitted model and what it answers.

    Attributes:
        name: ``lr`` or ``svm``.
        folder: The peers' files; also the homes of our own run.
        bento: Exact tag of our Bento.
        labels: k class names in the order of their ids.
        texts: n raw texts that the model was not fitted on.
        probabilities: The estimator's own, shape (n, k).
    """

    name: str
    folder: Path
    bento: str
    labels: tuple[str, ...]
    texts: list[str]
    probabilities: NDArray[np.float64]


def make_model(name: str, data_dir: Path, folder: Path) -> Model:
    """Fit one candidate of ``configs/ag_news.yaml`` for the peers and release it for us."""
    folder.mkdir()
    job = _write_job(name, data_dir / DATA, folder)
    config = load_config(job)
    task, (candidate,) = get_task(config.task), config.candidates
    dataset = task.load(config.data, config.seed)
    dropped = config.validation.duplicates == "drop"
    splits = task.split(dataset, config.data.split, config.seed, dropped)
    train = splits["train"]
    unfitted = task.build(candidate, config.preprocessing, train, config.seed)
    estimator = fit_estimator(unfitted, task.inputs(train), train.y)
    texts = [*splits["test"].texts, *splits["validation"].texts][:TEXTS]
    _save(estimator, train.labels, folder)
    return Model(
        name=name,
        folder=folder,
        bento=make_bento(job, folder),
        labels=tuple(train.labels),
        texts=texts,
        probabilities=estimator.predict_proba(texts),
    )


def make_bento(job: Path, home: Path) -> str:
    """Train and release a job by the command line, in homes of its own; the Bento's exact tag."""
    done = run_python("run.py", "train", "--config", job, "--json", **fresh_homes(home))
    return str(json.loads(done.out)["bento"])


def bentoml_home(model: Model) -> Path:
    """The BentoML home that holds the model's Bento."""
    return fresh_homes(model.folder)["BENTOML_HOME"]


def _write_job(name: str, data: Path, folder: Path) -> Path:
    job: dict[str, Any] = yaml.safe_load((ROOT / "configs" / "ag_news.yaml").read_text())
    job["data"]["source"] = {"kind": "file", "path": str(data.resolve())}
    job["candidates"] = [c for c in job["candidates"] if c["name"] == CANDIDATES[name]]
    file = folder / "job.yaml"
    file.write_text(yaml.safe_dump(job))
    return file


def _save(estimator: Pipeline, labels: tuple[str, ...], folder: Path) -> None:
    (folder / ESTIMATOR).write_bytes(pickle.dumps(estimator))
    (folder / LABELS).write_text(json.dumps(labels))
    save_scorer(export_scorer(estimator, labels), folder / SCORER)
    mlflow.sklearn.save_model(
        estimator,
        folder / MLFLOW,
        serialization_format="cloudpickle",
        pip_requirements=["scikit-learn"],  # Not installed: the server uses this environment.
        pyfunc_predict_fn="predict_proba",
    )
