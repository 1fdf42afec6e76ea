"""The witness of ledgers: each entry's hash is a tag of the MLflow experiment ``ledger-MODEL``.

Entries that are removed or rewritten in ZenML's database are missed or contradicted here. The
experiment has no runs: a tracker that finds its own experiment made by somebody else would keep
its artifacts wherever MLflow's default is.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage
from mlflow.exceptions import MlflowException

from adapters.tracker import Tracker, client_of
from core.errors import LedgerError
from core.governance.ledger import Entry

_TAG = re.compile(r"ledger\.([1-9][0-9]*)")


def experiment_name(model: str) -> str:
    """The experiment that keeps the witness of a model's ledger."""
    return f"ledger-{model}"


def witnesses(model: str, tracker: Tracker) -> dict[int, str]:
    """Hash by entry number, as MLflow knows them; empty when it knows no such model.

    Raises:
        LedgerError: MLflow can't be asked.
    """
    with _asked(model, tracker) as client:
        return _known(client, model)


def witness(model: str, entry: Entry, tracker: Tracker) -> None:
    """Tell MLflow an entry's hash.

    Raises:
        LedgerError: MLflow can't be told, or knows the entry by another hash.
    """
    with _asked(model, tracker) as client:
        experiment = _experiment(client, experiment_name(model)).experiment_id
        try:
            client.set_experiment_tag(experiment, f"ledger.{entry.number}", entry.hash)
        except MlflowException:
            # MLflow refuses the second of two writers that mend the same witness at once.
            if _known(client, model).get(entry.number) != entry.hash:
                raise


def _known(client: MlflowClient, model: str) -> dict[int, str]:
    found = client.get_experiment_by_name(experiment_name(model))
    tags = {} if found is None else found.tags
    return {int(match[1]): tags[tag] for tag in tags if (match := _TAG.fullmatch(tag))}


def _experiment(client: MlflowClient, name: str) -> Experiment:
    found = client.get_experiment_by_name(name) or _created(client, name)
    if found.lifecycle_stage == LifecycleStage.DELETED:
        # Its tags are still there, but can't be added to.
        client.restore_experiment(found.experiment_id)
    return found


def _created(client: MlflowClient, name: str) -> Experiment:
    try:
        created = client.create_experiment(name)
    except MlflowException:
        # Another writer came first.
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return found
    return client.get_experiment(created)


@contextmanager
def _asked(model: str, tracker: Tracker) -> Iterator[MlflowClient]:
    try:
        with client_of(model, tracker) as client:
            yield client
    except MlflowException as error:
        reason = " ".join(str(error).split())
        raise LedgerError(
            f"MLflow, the witness of the ledger of {model}, can't be asked: {reason}; "
            "start it, then try again"
        ) from error
