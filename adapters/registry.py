"""The two registries: ZenML's Model Control Plane (stages) and MLflow's registry (aliases)."""

from collections.abc import Collection
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

# Tags of a version in MLflow.
ZENML_VERSION = "zenml_version"
TRANSACTION = "transaction"


def production_version(name: str) -> ModelVersionResponse | None:
    """The ZenML model version in stage production; None when there is none."""
    return version_in(name, PRODUCTION)


def production_number(name: str) -> str | None:
    """The number of the version in stage production; None when there is none."""
    found = production_version(name)
    return None if found is None else str(found.number)


def version_in(name: str, stage: ModelStages) -> ModelVersionResponse | None:
    """The ZenML model version in a stage; None when there is none."""
    try:
        return Client().get_model_version(name, stage)
    except KeyError:
        return None


def production_reference(name: str) -> tuple[str, ArtifactVersionResponse]:
    """The version in production, and the reference rows kept with it.

    Raises:
        GatehouseError: if nothing of this name is in production.
    """
    found = production_version(name)
    if found is None:
        raise GatehouseError(
            f"no model {name!r} is in production on this stack; train it first: "
            "python run.py --config FILE"
        )
    return str(found.number), found.get_artifact("reference")  # type: ignore[return-value]


def create_version(
    name: str, artifacts: list[ArtifactVersionResponse], transaction: str, used: Collection[str]
) -> ModelVersionResponse:
    """Create a model version without a stage, with its artifacts linked.

    From its first moment on its description names the transaction: ``delete_versions`` finds it.
    ZenML gives the number of a last version that was deleted once more; ``used`` says which numbers
    are another version's for good.
    """
    client = Client()
    # Not by get_model, which also takes the one other model whose name begins so.
    found = client.list_models(name=f"equals:{name}").items
    model = found[0] if found else client.create_model(name)
    created, passed = client.create_model_version(model.id, description=_described(transaction)), []
    while str(created.number) in used:
        passed.append(created)
        created = client.create_model_version(model.id, description=_described(transaction))
    for version in passed:
        client.delete_model_version(version.id)
    for artifact in artifacts:
        link_artifact_version_to_model_version(artifact, created)
    return created


def version_made_by(name: str, transaction: str) -> ModelVersionResponse | None:
    """The ZenML model version that a transaction made; None when there is none."""
    made = _versions_made_by(name, transaction)
    return max(made, key=lambda version: version.number, default=None)


def annotate(version: ModelVersionResponse, metadata: dict[str, Any]) -> None:
    """Add metadata to a model version."""
    log_metadata(metadata=metadata, model_version_id=version.id)


def register_in_mlflow(name: str, model_uri: str, run_id: str, tags: dict[str, str]) -> str:
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
    if not _is_registered(client, name):
        client.create_registered_model(name)
    created = client.create_model_version(name, source=model_uri, run_id=run_id, tags=tags)
    return str(created.version)


def delete_versions(name: str, transaction: str) -> None:
    """Delete what a transaction made in both registries, and the model's name if nothing is left.

    What is not there is left at that.
    """
    registry: MlflowClient = model_registry().mlflow_client
    for version in registry.search_model_versions(f"name='{name}'"):
        if version.tags.get(TRANSACTION) == transaction:
            registry.delete_model_version(name, version.version)
    if _is_registered(registry, name) and not registry.search_model_versions(f"name='{name}'"):
        registry.delete_registered_model(name)

    client = Client()
    for made in _versions_made_by(name, transaction):
        client.delete_model_version(made.id)
    if client.list_models(name=name).total and not client.list_model_versions(name, size=1).total:
        client.delete_model(name)


def version_behind(name: str, alias: str) -> str | None:
    """MLflow's version behind an alias; None when there is none."""
    try:
        return str(model_registry().mlflow_client.get_model_version_by_alias(name, alias).version)
    except MlflowException as error:
        if _is_missing(error) or "alias" in str(error):
            return None
        raise


def has_mlflow_version(name: str, version: str, transaction: str | None) -> bool:
    """Whether MLflow's registry has this version of a model, and a transaction made it.

    MLflow counts from 1 again once a model's name was deleted.
    """
    try:
        found = model_registry().mlflow_client.get_model_version(name, version)
    except MlflowException as error:
        if _is_missing(error):
            return False
        raise
    return bool(found.tags.get(TRANSACTION) == transaction)


def mlflow_version_made_by(name: str, transaction: str) -> str | None:
    """MLflow's version that carries a transaction's tag; None when there is none."""
    found = model_registry().mlflow_client.search_model_versions(f"name='{name}'")
    own = (str(item.version) for item in found if item.tags.get(TRANSACTION) == transaction)
    return next(own, None)


def _versions_made_by(name: str, transaction: str) -> list[ModelVersionResponse]:
    described = _described(transaction)
    try:
        found = Client().list_model_versions(name, size=10_000, hydrate=True).items
    except KeyError:
        return []
    return [version for version in found if version.description == described]


def _described(transaction: str) -> str:
    return f"transaction {transaction}"


def _is_registered(client: MlflowClient, name: str) -> bool:
    try:
        client.get_registered_model(name)
    except MlflowException as error:
        if _is_missing(error):
            return False
        raise
    return True


def _is_missing(error: MlflowException) -> bool:
    return error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST)
