"""How a pipeline calls its steps: parameters bound, and whoever executes them pluggable.

Values go in as step parameters (as artifacts they would be uploaded on every run). The executor is
ZenML itself, or one that shows progress around it, or one that only plans.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from pydantic import BaseModel
from zenml.steps import BaseStep

Executor = Callable[[BaseStep, tuple[Any, ...], str], Any]


def run_step(step: BaseStep, inputs: tuple[Any, ...], name: str) -> Any:
    """Run a step within the current pipeline run."""
    return step(*inputs, id=name)


_executor: ContextVar[Executor] = ContextVar("executor", default=run_step)


@contextmanager
def executing_with(executor: Executor) -> Iterator[None]:
    """Let ``executor`` handle every step call of the pipelines run inside."""
    token = _executor.set(executor)
    try:
        yield
    finally:
        _executor.reset(token)


def configured(**common: Any) -> Callable[..., Callable[..., Any]]:
    """A function that binds parameters to a step; ``common`` goes to any step that takes them."""

    def bind(
        step: BaseStep, name: str | None = None, options: dict[str, Any] | None = None, **own: Any
    ) -> Callable[..., Any]:
        wanted = inspect.signature(step.entrypoint).parameters
        shared = {key: value for key, value in common.items() if key in wanted}
        parameters = {key: _plain(value) for key, value in (shared | own).items()}
        bound = step.with_options(parameters=parameters, **(options or {}))
        return partial(_call, bound, name or step.name)

    return bind


def _call(step: BaseStep, name: str, *inputs: Any) -> Any:
    return _executor.get()(step, inputs, name)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
