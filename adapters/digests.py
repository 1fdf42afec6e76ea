"""SHA-256 of the files of a released version, as they lie there now.

Every function raises OSError or GatehouseError when a file is missing or can't be read.
"""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from zenml.models import ModelVersionResponse

from adapters.channel import bentoml_home
from adapters.components import model_registry
from adapters.ledger_store import file_of
from core.channel import model_path
from core.models.golden import golden_digest
from core.models.scorer.storage import scorer_digest
from core.release import GOLDEN_FILE, SCORER_FOLDER, Release
from materializers.estimator import FILENAME


def packed_folder(release: Release) -> Path:
    """Where this machine keeps what its Bento serves."""
    return model_path(bentoml_home(), release.model_tag)


def packed_scorer(release: Release) -> str:
    """Of the scorer in the Bento."""
    return scorer_digest(packed_folder(release) / SCORER_FOLDER)


def packed_golden(release: Release) -> str:
    """Of the golden answers in the Bento."""
    return golden_digest(packed_folder(release) / GOLDEN_FILE)


def model_file(version: ModelVersionResponse) -> bytes:
    """The fitted estimator's file in ZenML's artifact store."""
    artifact = version.get_artifact("model")
    content = None if artifact is None else file_of(artifact, FILENAME)
    if content is None:
        raise FileNotFoundError("ZenML has lost the artifact 'model'")
    return content


def model_digest(version: ModelVersionResponse) -> str:
    """Of the fitted estimator's file in ZenML's artifact store."""
    return hashlib.sha256(model_file(version)).hexdigest()


def tracked_digest(name: str, mlflow_version: str) -> str:
    """Of the fitted estimator's file in MLflow: the same estimator, pickled by MLflow."""
    client = model_registry().mlflow_client
    try:
        found = client.get_model_version(name, mlflow_version)
        with TemporaryDirectory(prefix="gatehouse-") as folder:
            local = get_artifact_repository(str(found.source)).download_artifacts(FILENAME, folder)
            return hashlib.sha256(Path(local).read_bytes()).hexdigest()
    except MlflowException as error:
        raise FileNotFoundError(f"MLflow has lost the model of version {mlflow_version}") from error
