"""Who is measured: how each is started, asked and read."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import ROOT
from benchmarks.serving.models import Model, bentoml_home
from benchmarks.serving.peers.files import FOLDER, MLFLOW, WORKERS

OURS, CACHED = "gatehouse", "gatehouse, cache"
SYNC, ASYNC, LIMIT = "FastAPI, sync", "FastAPI, async", "limit"
MLFLOW_SERVE, BENTO = "mlflow serve", "BentoML, default"

HOST = "127.0.0.1"
Scores = tuple[list[str], NDArray[np.float64]]


@dataclass(frozen=True)
class Api:
    """Where and how a service is asked for one text or several.

    Attributes:
        one: Path of one text.
        many: Path of several texts.
        ask_one: JSON body for one text.
        ask_many: JSON body for several texts.
        read: Labels and probabilities, shape (texts, classes), of an answer to either; takes the
            class names in the order of their ids.
    """

    one: str
    many: str
    ask_one: Callable[[str], dict[str, Any]]
    ask_many: Callable[[Sequence[str]], dict[str, Any]]
    read: Callable[[Any, Sequence[str]], Scores]


@dataclass(frozen=True)
class Launch:
    """A server's command, its working directory and what its environment has besides."""

    command: list[str | Path]
    folder: Path
    environment: dict[str, str]


@dataclass(frozen=True)
class Contender:
    """A service: ``launch`` takes a port and a number of workers."""

    name: str
    api: Api
    launch: Callable[[int, int], Launch]


def contenders(model: Model, serving: Path) -> list[Contender]:
    """All of them, serving one model.

    Args:
        model: What they serve.
        serving: The ``bin`` of the serving environment, for ours.
    """
    return [
        Contender(OURS, PREDICT, partial(_ours, model, serving, cache_entries=0)),
        Contender(CACHED, PREDICT, partial(_ours, model, serving)),
        Contender(SYNC, PREDICT, partial(_uvicorn, model, "plain:sync_app")),
        Contender(ASYNC, PREDICT, partial(_uvicorn, model, "plain:async_app")),
        Contender(LIMIT, PREDICT, partial(_uvicorn, model, "limit:app")),
        Contender(MLFLOW_SERVE, INVOCATIONS, partial(_mlflow, model)),
        Contender(BENTO, PREDICT, partial(_bento, model)),
    ]


def _read_predictions(answer: Any, labels: Sequence[str]) -> Scores:
    items = answer.get("predictions", [answer])
    rows = [[item["probabilities"][label] for label in labels] for item in items]
    return [item["label"] for item in items], np.array(rows)


def _read_mlflow(answer: Any, labels: Sequence[str]) -> Scores:
    rows = np.array(answer["predictions"])
    return [labels[number] for number in rows.argmax(axis=1)], rows


PREDICT = Api(
    one="/predict",
    many="/predict/batch",
    ask_one=lambda text: {"text": text},
    ask_many=lambda texts: {"texts": list(texts)},
    read=_read_predictions,
)
INVOCATIONS = Api(
    one="/invocations",
    many="/invocations",
    ask_one=lambda text: {"inputs": [text]},
    ask_many=lambda texts: {"inputs": list(texts)},
    read=_read_mlflow,
)


def _ours(model: Model, serving: Path, port: int, workers: int, **settings: int) -> Launch:
    """Not started in the checkout, so that it runs the Bento's own sources."""
    return Launch(
        [serving / "bentoml", "serve", model.bento, "--host", HOST, "--port", str(port)],
        model.folder,
        {
            "BENTOML_HOME": str(bentoml_home(model)),
            "BENTOML_DO_NOT_TRACK": "true",
            "GATEHOUSE_SERVING": json.dumps({"workers": workers, **settings}),
        },
    )


def _uvicorn(model: Model, app: str, port: int, workers: int) -> Launch:
    command = [sys.executable, "-m", "uvicorn", f"benchmarks.serving.peers.{app}"]
    size = ["--host", HOST, "--port", str(port), "--workers", str(workers)]
    speed = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    return Launch([*command, *size, *speed], ROOT, {FOLDER: str(model.folder)})


def _mlflow(model: Model, port: int, workers: int) -> Launch:
    """It runs uvicorn, which finds uvloop and httptools by itself and reads UVICORN_*."""
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"]
    size = ["--host", HOST, "--port", str(port), "--workers", str(workers)]
    return Launch(
        [*command, "--model-uri", model.folder / MLFLOW, *size],
        model.folder,
        {"PYTHONPATH": str(ROOT), "UVICORN_ACCESS_LOG": "false", "MLFLOW_DISABLE_TELEMETRY": "1"},
    )


def _bento(model: Model, port: int, workers: int) -> Launch:
    service = "benchmarks.serving.peers.bento_default:DefaultService"
    return Launch(
        [sys.executable, "-m", "bentoml", "serve", service, "--host", HOST, "--port", str(port)],
        ROOT,
        {
            FOLDER: str(model.folder),
            WORKERS: str(workers),
            "BENTOML_HOME": str(model.folder / "bentoml-default"),
            "BENTOML_DO_NOT_TRACK": "true",
        },
    )
