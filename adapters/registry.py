"""The two registries: ZenML's Model Control Plane (stages) and MLflow's registry (aliases).

What changes a registry puts its opposite on the caller's ``undo`` stack.
"""

from contextlib import ExitStack
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from zenml import log_metadata
from zenml.client import Client
from zenml.enums import ModelStages
from zenml.model.utils import link_artifact_version_to_model_version
from zenml.models import ArtifactVersionResponse, ModelVersionResponse

from adapters.components import model_registry
from core.errors import GatehouseError, ReleaseError

CHAMPION = "champion"
CHALLENGER = "challenger"
PRODUCTION = ModelStages.PRODUCTION
STAGING = ModelStages.STAGING


def production_version(name: str) -> ModelVersionResponse | None:
    """The ZenML model version in stage production; None when there is none."""
    return _in_stage(name, PRODUCTION)


def _in_stage(name: str, stage: ModelStages) -> ModelVersionResponse | None:
    try:
        return Client().get_model_version(name, stage)
    except KeyError:
        return None


def production_number(name: str) -> str | None:
    """The number of the version in stage production; None when there is none."""
    found = production_version(name)
    return None if found is None else str(found.number)


def production_reference(name: str) -> ArtifactVersionResponse:
    """The reference rows kept with the production model.

    Raises:
        GatehouseError: if nothing of this name is in production.
    """
    found = production_version(name)
    if found is None:
        raise GatehouseError(
            f"no model {name!r} is in production on this stack; train it first: "
            "python run.py --config FILE"
        )
    return found.get_artifact("reference")  # type: ignore[return-value]


def create_version(
    name: str, artifacts: list[ArtifactVersionResponse], undo: ExitStack
) -> ModelVersionResponse:
    """Create a model version without a stage, with its artifacts linked."""
    client = Client()
    try:
        client.get_model(name)
    except KeyError:
        undo.callback(_delete_if_empty, client.create_model(name).name)
    created = client.create_model_version(name)
    undo.callback(client.delete_model_version, created.id)
    for artifact in artifacts:
        link_artifact_version_to_model_version(artifact, created)
    return created


def _delete_if_empty(name: str) -> None:
    # Another run may have released a version of it meanwhile.
    if not Client().list_model_versions(name, size=1).total:
        Client().delete_model(name)


def _delete_registered_if_empty(client: MlflowClient, name: str) -> None:
    if not client.search_model_versions(f"name='{name}'"):
        client.delete_registered_model(name)


def annotate(version: ModelVersionResponse, metadata: dict[str, Any]) -> None:
    """Add metadata to a model version."""
    log_metadata(metadata=metadata, model_version_id=version.id)


def to_stage(version: ModelVersionResponse, stage: ModelStages, undo: ExitStack) -> None:
    """Give a version a stage; whoever held it is archived."""
    previous = _in_stage(version.model.name, stage)
    if previous is not None:
        undo.callback(previous.set_stage, stage, force=True)
    version.set_stage(stage, force=True)


def leave_stage(name: str, stage: ModelStages, undo: ExitStack) -> None:
    """Archive the version that holds a stage, if one does."""
    held = _in_stage(name, stage)
    if held is not None:
        undo.callback(held.set_stage, stage, force=True)
        held.set_stage(ModelStages.ARCHIVED, force=True)


def register_in_mlflow(
    name: str, model_uri: str, run_id: str, tags: dict[str, str], undo: ExitStack
) -> str:
    """Register a tracked model as a new version of MLflow's registry, without an alias.

    Raises:
        ReleaseError: if the tracker no longer has the model.
    """
    client = model_registry().mlflow_client
    try:
        Model.load(model_uri)
    except (MlflowException, OSError) as error:
        raise ReleaseError(
            f"the tracker has lost the model {model_uri} of MLflow run {run_id}; train it again: "
            "--set zenml.enable_cache=false"
        ) from error
    try:
        client.get_registered_model(name)
    except MlflowException as error:
        if not _is_missing(error):
            raise
        client.create_registered_model(name)
        undo.callback(_delete_registered_if_empty, client, name)
    created = client.create_model_version(name, source=model_uri, run_id=run_id, tags=tags)
    undo.callback(client.delete_model_version, name, created.version)
    return str(created.version)


def point_alias(name: str, alias: str, mlflow_version: str, undo: ExitStack) -> None:
    """Point an alias of MLflow's registry to a version."""
    client = model_registry().mlflow_client
    previous = version_behind(name, alias)
    if previous is None:
        undo.callback(client.delete_registered_model_alias, name, alias)
    else:
        undo.callback(client.set_registered_model_alias, name, alias, previous)
    client.set_registered_model_alias(name, alias, mlflow_version)


def drop_alias(name: str, alias: str, undo: ExitStack) -> None:
    """Take an alias away, if it is there."""
    client = model_registry().mlflow_client
    previous = version_behind(name, alias)
    if previous is not None:
        undo.callback(client.set_registered_model_alias, name, alias, previous)
        client.delete_registered_model_alias(name, alias)


def version_behind(name: str, alias: str) -> str | None:
    """MLflow's version behind an alias; None when there is none."""
    try:
        return str(model_registry().mlflow_client.get_model_version_by_alias(name, alias).version)
    except MlflowException as error:
        if _is_missing(error) or "alias" in str(error):
            return None
        raise


def _is_missing(error: MlflowException) -> bool:
    return error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST)
