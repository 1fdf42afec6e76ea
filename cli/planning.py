"""Plans a training run."""

from adapters.plan import PlanEndsError, PlannedStep, Planner
from core.config.job import JobConfig
from pipelines.calls import executing_with
from pipelines.training import training


def plan_training(config: JobConfig) -> tuple[list[PlannedStep], bool]:
    """Walk through the pipeline without running it.

    Returns:
        The steps in order, and whether they are all: a pipeline that needs a value which only a
        run can compute is planned up to there.
    """
    planner = Planner(training, config.zenml.enable_cache)
    try:
        with executing_with(planner):
            training.entrypoint(config=config.model_dump(mode="json"))
    except PlanEndsError:
        return planner.steps, False
    return planner.steps, True
