"""The model card of a release in ZenML and in MLflow; BentoML has it beside the scorer."""

from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from zenml import save_artifact
from zenml.client import Client
from zenml.model.utils import link_artifact_version_to_model_version
from zenml.models import ModelVersionResponse
from zenml.types import HTMLString, MarkdownString

from adapters.components import model_registry
from adapters.ledger import read_ledger
from adapters.registry import TRANSACTION
from adapters.versions import ReleasedVersion
from core.config.job import JobConfig
from core.governance.card.render import render_card
from core.governance.case import Case
from core.models.card import Card

PAGE, TEXT = "model_card", "model_card_markdown"
# What a model version's description holds in MLflow's database.
LONGEST_DESCRIPTION = 5000


def make_card(config: JobConfig, case: Case, *, version: str, released_at: str, bento: str) -> Card:
    """The card of what is about to be released, with all that the ledger says of its run."""
    return render_card(
        case,
        about=config.card,
        entries=read_ledger(config.name),
        version=version,
        released_at=released_at,
        bento=bento,
    )


def attach_card(
    card: Card, version: ModelVersionResponse, *, mlflow_version: str, run_id: str, transaction: str
) -> None:
    """Link a card with ZenML's version; log it to MLflow's run and describe MLflow's version."""
    texts = {PAGE: HTMLString(card.html), TEXT: MarkdownString(card.markdown)}
    name = version.model.name
    for artifact, text in texts.items():
        saved = save_artifact(text, artifact, version=_own(name, transaction))
        link_artifact_version_to_model_version(saved, version)
    client: MlflowClient = model_registry().mlflow_client
    place = _place(version, transaction)
    client.log_text(run_id, card.html, f"{place}.html")
    client.log_text(run_id, card.markdown, f"{place}.md")
    describe_version(card, version, mlflow_version=mlflow_version, transaction=transaction)


def describe_version(
    card: Card, version: ModelVersionResponse, *, mlflow_version: str, transaction: str
) -> None:
    """Make a card, as logged to the run, the description of MLflow's version."""
    client: MlflowClient = model_registry().mlflow_client
    text = describe(card, f"{_place(version, transaction)}.md")
    client.update_model_version(version.model.name, mlflow_version, text)


def released_card(version: ReleasedVersion) -> Card | None:
    """The card that ZenML keeps of a version; None where it was released without one.

    Raises:
        GatehouseError: it is lost.
    """
    if version.release.card_sha256 is None:
        return None
    return Card(html=str(version.load(PAGE)), markdown=str(version.load(TEXT)))


def discard_card(name: str, transaction: str) -> None:
    """Delete what ``attach_card`` made in a transaction, before its versions are deleted.

    What was saved within a step is an output of its run, and stays with that as all of them do.
    """
    client = Client()
    for artifact in (PAGE, TEXT):
        for found in client.list_artifact_versions(
            artifact=artifact, version=_own(name, transaction), only_unused=True
        ).items:
            client.delete_artifact_version(
                found.id, delete_metadata=True, delete_from_artifact_store=True
            )
    registry: MlflowClient = model_registry().mlflow_client
    for version in registry.search_model_versions(f"name='{name}'"):
        if version.tags.get(TRANSACTION) == transaction:
            _delete_logged(registry, str(version.run_id), transaction)


def describe(card: Card, place: str) -> str:
    """A card as MLflow takes it: its first whole sections, and where the rest is."""
    if len(card.markdown) <= LONGEST_DESCRIPTION:
        return card.markdown
    rest = f"\n\nThe whole card is {place} of the run.\n"
    begin = card.markdown[: LONGEST_DESCRIPTION - len(rest)]
    return begin.rpartition("\n\n## ")[0] + rest


def _delete_logged(client: MlflowClient, run_id: str, transaction: str) -> None:
    repository = get_artifact_repository(client.get_run(run_id).info.artifact_uri)
    for file in client.list_artifacts(run_id, PAGE):
        if file.path.rpartition(".")[0].endswith(f"-{transaction}"):
            repository.delete_artifacts(file.path)


def _place(version: ModelVersionResponse, transaction: str) -> str:
    return f"{PAGE}/{version.number}-{transaction}"


def _own(name: str, transaction: str) -> str:
    """Artifacts have one name for all models, so their versions carry the model's."""
    return f"{name}-{transaction}"
