"""Keeps ledgers: entry n is version n of one ZenML artifact, which exactly one writer can create.

ZenML's database is the compare-and-swap on every stack. MLflow is the witness: each entry's hash
is a tag of the model's experiment, so that entries can't be removed or rewritten in one place.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pydantic import ValidationError
from zenml import save_artifact
from zenml.client import Client
from zenml.exceptions import EntityExistsError

from adapters.components import model_registry
from core.errors import LedgerError
from core.governance.ledger import Draft, Entry, seal
from core.governance.state import LedgerState, state_of

Requirement = Callable[[LedgerState], None]


def read_ledger(model: str) -> list[Entry]:
    """The whole ledger of a model in order; empty when there is none.

    Raises:
        LedgerError: the record is damaged; it names the entry.
    """
    found = Client().list_artifact_versions(artifact=_artifact(model), size=10_000).items
    stored = sorted(found, key=lambda version: int(version.version))
    try:
        entries = [Entry.model_validate(version.load()) for version in stored]
    except ValidationError as error:
        raise LedgerError(f"the ledger of {model} is damaged: {error.errors()[0]['msg']}") from None
    return entries


def append(model: str, draft: Draft, require: Requirement | None = None) -> Entry:
    """Write the next entry, however many writers there are.

    Args:
        model: The model's name.
        draft: What happened.
        require: Called with the state that the entry will follow, each time another writer came
            first; what it raises goes to the caller and nothing is written.

    Raises:
        LedgerError: the record is damaged, or can't be written.
    """
    while True:
        entries = read_ledger(model)
        if require is not None:
            require(state_of(entries))
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        user = Client().active_user.name
        entry = seal(draft, entries, model=model, at=now, user=user)
        try:
            save_artifact(
                entry.model_dump(mode="json"),
                name=_artifact(model),
                version=str(entry.number),
                extract_metadata=False,
                include_visualizations=False,
            )
        except EntityExistsError:
            continue
        _witness(model, entry)
        return entry


def _artifact(model: str) -> str:
    return f"ledger-{model}"


def _witness(model: str, entry: Entry) -> None:
    client: MlflowClient = model_registry().mlflow_client
    client.set_experiment_tag(_experiment(client, model), f"ledger.{entry.number}", entry.hash)


def _experiment(client: MlflowClient, model: str) -> str:
    found = client.get_experiment_by_name(model)
    if found is not None:
        return str(found.experiment_id)
    try:
        return str(client.create_experiment(model))
    except MlflowException:
        again = client.get_experiment_by_name(model)
        if again is None:
            raise
        return str(again.experiment_id)
