"""What must be in place before ZenML is imported, and what a first run sets up by itself."""

import os
import tempfile
from pathlib import Path

import click

from core.errors import GatehouseError

ROOT = Path(__file__).parent.parent
LOCAL_STACK = "local"

# A default for each; what the user has set wins.
_SETTINGS = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_AUTO_OPEN_DASHBOARD": "false",
    "ZENML_DISABLE_INTERACTIVE_INPUT": "true",  # people decide by our own commands, or later
    "ZENML_ENABLE_RICH_TRACEBACK": "false",
    "ZENML_LOGGING_COLORS_DISABLED": "true",
    "ZENML_REPOSITORY_PATH": str(ROOT),
    "ZENML_CUSTOM_SOURCE_ROOT": str(ROOT),
    "BENTOML_DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # A server that is down is told of in seconds, not after minutes.
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "GIT_PYTHON_REFRESH": "quiet",
}


def homes() -> dict[str, Path]:
    """The folders that Gatehouse's libraries write to, by the variable that moves each."""
    config = os.environ.get("ZENML_CONFIG_PATH") or click.get_app_dir("zenml")
    stores = os.environ.get("ZENML_LOCAL_STORES_PATH") or Path(config) / "local_stores"
    bentoml = os.environ.get("BENTOML_HOME") or Path.home() / "bentoml"
    return {
        "ZENML_CONFIG_PATH": Path(config),
        "ZENML_LOCAL_STORES_PATH": Path(stores),
        "BENTOML_HOME": Path(bentoml),
        "ZENML_REPOSITORY_PATH": Path(os.environ.get("ZENML_REPOSITORY_PATH", ROOT)),
    }


def writable_problem(folder: Path) -> str | None:
    """Why nothing can be written below ``folder``, which need not exist; None if it can."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return f"{folder} can't be written: {error.strerror or error}"


def prepare_environment() -> None:
    """Set defaults for the libraries and check their homes; call before importing ZenML.

    Raises:
        GatehouseError: if a home can't be written, naming the variable that moves it.
    """
    for variable, value in _SETTINGS.items():
        os.environ.setdefault(variable, value)
    for variable, folder in homes().items():
        if problem := writable_problem(folder):
            raise GatehouseError(f"{problem}; set {variable} to a folder that you can write")


def prepare_stack() -> None:
    """Make the checkout a ZenML repository with a Gatehouse stack; a choice of the user stays.

    ``stacks/local.yaml`` is applied and activated when the repository is new, or when no Gatehouse
    stack is registered at all.
    """
    from zenml.client import Client
    from zenml.integrations.registry import integration_registry

    from adapters.configuration import write_whole_files
    from stacks.apply import apply_stack, is_registered
    from stacks.definition import available, read_definition

    # ZenML imports every integration whose package it finds. That of BentoML takes half a second
    # and has nothing for us: its deployer can't serve class-based services. Nor has that of
    # PyTorch, which imports torch, a second more.
    for name in ("bentoml", "pytorch"):
        integration_registry.integrations.pop(name, None)
    write_whole_files()
    is_new = _initialize_repository(homes()["ZENML_REPOSITORY_PATH"])
    if is_new or not any(is_registered(definition) for definition in available().values()):
        apply_stack(LOCAL_STACK)
        Client().activate_stack(read_definition(LOCAL_STACK).name)


def _initialize_repository(root: Path) -> bool:
    """As ``zenml init`` does; returns whether there was no repository before."""
    from zenml.client import Client

    if Client.is_repository_directory(root):
        return False
    Client.initialize(root)
    Client().activate_root(root)
    return True
