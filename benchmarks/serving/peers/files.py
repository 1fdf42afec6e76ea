"""Where a model lies that the peers serve."""

import os
from pathlib import Path

FOLDER = "GATEHOUSE_BENCHMARK_MODEL"  # environment variable
WORKERS = "GATEHOUSE_BENCHMARK_WORKERS"  # environment variable
ESTIMATOR, SCORER, LABELS, MLFLOW = "estimator.pkl", "scorer", "labels.json", "mlflow"


def model_folder() -> Path:
    """The folder that the environment of a peer names."""
    return Path(os.environ[FOLDER])
