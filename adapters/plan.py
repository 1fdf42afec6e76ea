"""Which steps of a run would come from the cache, asked of ZenML without running anything."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from zenml.client import Client
from zenml.execution.pipeline.dynamic.compilation import compile_dynamic_step_invocation
from zenml.execution.pipeline.dynamic.inputs import convert_to_keyword_arguments
from zenml.execution.pipeline.dynamic.utils import load_step_run_outputs
from zenml.models import StepRunResponse
from zenml.orchestrators.cache_utils import generate_cache_key, get_cached_step_run
from zenml.pipelines.dynamic.pipeline_definition import DynamicPipeline
from zenml.steps import BaseStep

State = Literal["cached", "runs", "depends"]


class PlannedStep(BaseModel):
    """A step and what a run would do with it now.

    ``depends``: its inputs come from a step that runs; it is cached if they turn out unchanged.
    """

    name: str
    state: State


class PlanEndsError(Exception):
    """The pipeline asks for the value of something that only a run can compute."""


@dataclass(frozen=True)
class Unknown:
    """The output of a step that would run."""

    def load(self) -> Any:
        raise PlanEndsError


class Planner:
    """Executes a pipeline's steps by looking up their cache keys.

    Attributes:
        steps: What was found, in the order of the pipeline.
    """

    def __init__(self, pipeline: DynamicPipeline, enable_cache: bool) -> None:
        self._pipeline = pipeline
        self._enable_cache = enable_cache
        self.steps: list[PlannedStep] = []

    def __call__(self, step: BaseStep, inputs: tuple[Any, ...], name: str) -> Any:
        own = step.configuration.enable_cache
        if not (self._enable_cache if own is None else own):
            return self._would_run(step, name, "runs")
        if _has_unknown(inputs):
            return self._would_run(step, name, "depends")
        cached = self._lookup(step, inputs, name)
        if cached is None:
            return self._would_run(step, name, "runs")
        self.steps.append(PlannedStep(name=name, state="cached"))
        return load_step_run_outputs(cached)

    def _would_run(self, step: BaseStep, name: str, state: State) -> Any:
        self.steps.append(PlannedStep(name=name, state=state))
        count = len(step.entrypoint_definition.outputs)
        return Unknown() if count == 1 else tuple(Unknown() for _ in range(count))

    def _lookup(self, step: BaseStep, inputs: tuple[Any, ...], name: str) -> StepRunResponse | None:
        named = convert_to_keyword_arguments(step.entrypoint, inputs, {})
        compiled = compile_dynamic_step_invocation(
            snapshot=None,  # type: ignore[arg-type]  # only read for pipelines with templates
            pipeline=self._pipeline,
            step=step.copy(),
            invocation_id=name,
            inputs=named,
            upstream_steps=set(),
            pipeline_docker_settings=self._pipeline.configuration.docker_settings,
        )
        client = Client()
        key = generate_cache_key(
            compiled,
            {key: _as_list(named[key]) for key in compiled.spec.normalized_inputs},
            client.active_stack.artifact_store,
            client.active_project.id,
        )
        return get_cached_step_run(key)


def _has_unknown(inputs: tuple[Any, ...]) -> bool:
    return any(isinstance(item, Unknown) for value in inputs for item in _as_list(value))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
