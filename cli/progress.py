"""What a run is doing, line by line, on stderr."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.status import Status
from zenml.client import Client
from zenml.enums import ExecutionStatus
from zenml.exceptions import RunInterruptedException
from zenml.execution.pipeline.dynamic.run_context import DynamicPipelineRunContext
from zenml.models import PipelineRunResponse
from zenml.pipelines.pipeline_definition import Pipeline
from zenml.steps import BaseStep

from adapters.resumption import claims
from cli.terminal import Terminal
from core.config import JobConfig
from core.errors import ConfigError, GatehouseError
from core.search.progress import SearchProgress, watching
from pipelines.calls import executing_with, run_step


class Progress:
    """An executor that runs steps and shows each with its time, or that it came from the cache.

    Steps that an earlier process finished in the same run are not shown.
    """

    def __init__(self, terminal: Terminal, finished: frozenset[str] = frozenset()) -> None:
        self._console = terminal.err
        self._finished = finished

    def __call__(self, step: BaseStep, inputs: tuple[Any, ...], name: str) -> Any:
        if name in self._finished:
            return run_step(step, inputs, name)
        started = time.perf_counter()
        status = Status(f"[bold]{name}", console=self._console)
        with status, watching(lambda search: status.update(f"[bold]{name}[/bold] {said(search)}")):
            try:
                outputs = run_step(step, inputs, name)
            except BaseException:
                self._line("[red]✗[/red]", name, started)
                raise
        if _from_cache(name):
            self._console.print(f"[dim]≡ {name:<34} cached[/dim]")
        else:
            self._line("[green]✓[/green]", name, started)
        return outputs

    def _line(self, mark: str, name: str, started: float) -> None:
        self._console.print(f"{mark} {name:<34} {time.perf_counter() - started:5.1f} s")


def said(search: SearchProgress) -> str:
    """How far a search is, in words."""
    best = "" if search.best is None else f", best {search.metric} {search.best:.4f}"
    return f"trial {search.done} of {search.trials}{best}, {search.pruned} pruned"


def _from_cache(name: str) -> bool:
    run = DynamicPipelineRunContext.get()
    if run is None:
        return False
    found = Client().list_run_steps(pipeline_run_id=run.run.id, name=name, size=1)
    return found.items[0].status == ExecutionStatus.CACHED


def _lost_artifact(error: FileNotFoundError) -> Exception:
    if not str(error.filename).startswith(Client().active_stack.artifact_store.path):
        return error
    return GatehouseError(
        f"a cached step's result is lost ({error.filename}); compute it again: "
        "--set zenml.enable_cache=false"
    )


def run_with_progress(
    terminal: Terminal, pipeline: Pipeline, config: JobConfig, **parameters: Any
) -> PipelineRunResponse:
    """Run a pipeline with a job's ZenML options, showing its steps.

    Raises:
        KeyboardInterrupt: if the user interrupts it; ZenML has its own exception for that.
        ConfigError: if ZenML refuses the settings.
        GatehouseError: if the artifact of a cached step is lost.
    """
    try:
        job = pipeline.with_options(
            enable_cache=config.zenml.enable_cache, settings=config.zenml.settings
        )
    except ValueError as error:
        raise ConfigError(f"zenml.settings: {error}") from error
    with claims(), _showing(Progress(terminal)):
        run = job(config=config.model_dump(mode="json"), **parameters)
    if run is None:
        raise GatehouseError("ZenML took the pipeline but started no run; see --verbose")
    return run


@contextmanager
def going_on(terminal: Terminal, run_id: str) -> Iterator[None]:
    """Show the further steps of a run that goes on inside.

    Raises:
        KeyboardInterrupt: if the user interrupts it.
        GatehouseError: if the artifact of a cached step is lost.
    """
    steps = Client().get_pipeline_run(run_id).steps.items()
    finished = frozenset(name for name, step in steps if step.status.is_successful)
    with _showing(Progress(terminal, finished)):
        yield


@contextmanager
def _showing(progress: Progress) -> Iterator[None]:
    try:
        with executing_with(progress):
            yield
    except RunInterruptedException as error:
        raise KeyboardInterrupt from error
    except FileNotFoundError as error:
        raise _lost_artifact(error) from error
