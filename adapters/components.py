"""What a step needs from the active stack, or a message that says how to get it."""

from typing import TYPE_CHECKING

from zenml.client import Client

from core.errors import StackError

if TYPE_CHECKING:
    from zenml.integrations.mlflow.model_registries import MLFlowModelRegistry

    from stacks.flavors.data_validator import GatehouseDataValidator

REQUIRED = ("experiment_tracker", "model_registry", "data_validator")


def require_components() -> None:
    """Check that the active stack can run our pipelines.

    Raises:
        StackError: naming every missing component and the command that adds them.
    """
    stack = Client().active_stack
    if missing := [kind for kind in REQUIRED if getattr(stack, kind) is None]:
        raise StackError(_advice(stack.name, ", ".join(missing)))
    if getattr(stack.data_validator, "flavor", None) != "gatehouse":
        raise StackError(_advice(stack.name, "data_validator of flavor gatehouse"))


def data_validator() -> "GatehouseDataValidator":
    """The active stack's data validator."""
    require_components()
    return Client().active_stack.data_validator  # type: ignore[return-value]


def model_registry() -> "MLFlowModelRegistry":
    """The active stack's MLflow model registry."""
    require_components()
    registry: MLFlowModelRegistry = Client().active_stack.model_registry  # type: ignore[assignment]
    # ZenML's tracker forgets MLflow's address after each step; a client made before needs it.
    registry.configure_mlflow()
    return registry


def _advice(stack: str, missing: str) -> str:
    return (
        f"the active stack {stack!r} has no {missing}; run 'python run.py stack apply local' "
        "and 'zenml stack set gatehouse_local'"
    )
