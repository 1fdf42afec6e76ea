"""Plans a training run."""

from contextlib import suppress

from adapters.plan import PlanEndsError, PlannedStep, Planner
from core.config.job import JobConfig
from core.data.loading import source_state
from pipelines.calls import executing_with
from pipelines.training import training


def plan_training(config: JobConfig) -> list[PlannedStep]:
    """Walk through the pipeline without running it, up to a result that only a run can give.

    That is the selected candidate when one of them runs, else the gate's decision.
    """
    planner = Planner(training, config.zenml.enable_cache)
    with suppress(PlanEndsError), executing_with(planner):
        state = source_state(config.data.source)
        training.entrypoint(config=config.model_dump(mode="json"), by="plan", state=state)
    return planner.steps
