"""Processes of the tests, forked from one server that has imported what takes long.

There is one fork server in a process, and it takes its imports from whoever set them last, so they
are set here alone. It must not make a ZenML client: each child would share that one's home and
database, whatever its own environment says. Importing a step makes one.
"""

from multiprocessing import get_context

PRELOAD = [
    "tests.databases",
    "tests.adapters.changes",
    "tests.adapters.ledger_writers",
    "tests.cli.people",
    "cli.main",
    "cli.people",
    "stacks.apply",
    "zenml.zen_stores.sql_zen_store",
    "zenml.zen_stores.rest_zen_store",
    "zenml.orchestrators",
    "zenml.integrations.mlflow.experiment_trackers",
    "zenml.integrations.mlflow.model_registries",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "bentoml.models",
    "service.service",
]

processes = get_context("forkserver")
processes.set_forkserver_preload(PRELOAD)
