"""Which MLflow keeps a ledger's witness, and how it is asked, whatever the active stack has."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mlflow import MlflowClient
from zenml.artifacts.utils import instantiate_artifact_store
from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.integrations.mlflow.experiment_trackers.mlflow_experiment_tracker import (
    LOCAL_MLFLOW_BACKEND_FILENAME,
    MLFlowExperimentTracker,
)
from zenml.models import ComponentResponse

from adapters.components import model_registry
from core.errors import LedgerError
from core.governance.verify import Stored, read_entry

# Keys of the details of the entry that says where the witness is: the first, or a repair.
NAME, TRACKER, STORE = "witness", "witness_tracker", "witness_store"


class TrackerGoneError(LedgerError):
    """ZenML no longer has the MLflow that a ledger names, or this machine can't reach it."""


class Tracker(NamedTuple):
    """An MLflow, as ZenML names it.

    Attributes:
        name: Of the experiment tracker.
        tracker: Its id.
        store: Id of the artifact store beside which its database lies; empty when it has an
            address of its own.
    """

    name: str
    tracker: str
    store: str

    def details(self) -> dict[str, str]:
        """As the details of an entry."""
        values = {NAME: self.name, TRACKER: self.tracker, STORE: self.store}
        return {key: value for key, value in values.items() if value}


def active_tracker() -> Tracker:
    """The active stack's."""
    stack = Client().active_stack
    tracker: Any = stack.experiment_tracker
    store = "" if tracker.config.tracking_uri else str(stack.artifact_store.id)
    return Tracker(tracker.name, str(tracker.id), store)


def recorded_tracker(stored: Sequence[Stored]) -> Tracker | None:
    """The one that a ledger names, at last; None when it names none."""
    for item in sorted(stored, key=lambda item: item.number or 0, reverse=True):
        if item.content is None or TRACKER.encode() not in item.content:
            continue
        try:
            details = read_entry(item.content).details
        except ValueError:
            continue
        if TRACKER in details:
            return Tracker(details.get(NAME, ""), details[TRACKER], details.get(STORE, ""))
    return None


@contextmanager
def client_of(model: str, tracker: Tracker) -> Iterator[MlflowClient]:
    """MLflow's client for a ledger's tracker.

    Raises:
        TrackerGoneError: ZenML no longer has the component, or its database is not on this machine.
    """
    # First: it checks the stack, and MLflow's address is the active stack's then.
    client = model_registry().mlflow_client
    if tracker == active_tracker():
        yield client
        return
    before = dict(os.environ)
    try:
        yield _other(model, tracker)
    finally:
        os.environ.clear()
        os.environ.update(before)
        model_registry()


def _other(model: str, tracker: Tracker) -> MlflowClient:
    found = _component(model, tracker, "experiment_tracker", tracker.tracker)
    if tracker.store:
        store = instantiate_artifact_store(
            _component(model, tracker, "artifact_store", tracker.store)
        )
        database = Path(store.path).absolute() / LOCAL_MLFLOW_BACKEND_FILENAME
        if not database.exists():
            raise _lost(model, tracker, f"whose database {database} is not on this machine")
        return MlflowClient(tracking_uri=f"sqlite:///{database}")
    component = MLFlowExperimentTracker.from_model(found)
    assert isinstance(component, MLFlowExperimentTracker)
    component.configure_mlflow()
    return MlflowClient(tracking_uri=component.get_tracking_uri())


def _component(
    model: str, tracker: Tracker, kind: Literal["experiment_tracker", "artifact_store"], key: str
) -> ComponentResponse:
    try:
        return Client().get_stack_component(
            StackComponentType(kind), key, allow_name_prefix_match=False
        )
    except KeyError as error:
        raise _lost(model, tracker, f"whose {kind} {key} ZenML does not have") from error


def _lost(model: str, tracker: Tracker, why: str) -> TrackerGoneError:
    return TrackerGoneError(
        f"the witness of the ledger of {model} is MLflow {tracker.name!r}, {why}; bring it back, "
        f"or make the active stack's MLflow its witness: run.py ledger restore {model} "
        "--rewitness --by NAME --reason TEXT"
    )
