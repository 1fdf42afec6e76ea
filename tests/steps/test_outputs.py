"""What holds for every step."""

from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest
from zenml.steps import BaseStep

STEPS = Path(__file__).parents[2] / "steps"
NAMES = sorted(path.stem for path in STEPS.glob("*.py") if path.stem != "__init__")


def step(name: str) -> BaseStep:
    return getattr(import_module(f"steps.{name}"), name)


@pytest.mark.parametrize("name", NAMES)
def test_a_module_holds_one_step_of_its_name(name: str) -> None:
    module = import_module(f"steps.{name}")
    found = [value for value in vars(module).values() if isinstance(value, BaseStep)]
    assert [item.name for item in found] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_outputs_come_in_the_declared_order(name: str) -> None:
    """ZenML 0.98 returns outputs in the order of ``configuration.outputs``, then the rest."""
    declared = list(step(name).entrypoint_definition.outputs)
    configured = list(step(name).configuration.outputs)
    assert configured == declared[: len(configured)]


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_named(name: str) -> None:
    assert not [item for item in step(name).entrypoint_definition.outputs if "output" in item]


@pytest.mark.parametrize("name", NAMES)
def test_only_what_looks_at_the_registries_is_never_cached(name: str) -> None:
    uncached = step(name).configuration.enable_cache is False
    assert uncached == (name in {"decide", "release", "roll_back", "submit"})
    dependencies = step(name).configuration.cache_policy
    if not uncached:
        assert dependencies
        assert f"steps/{name}.py" in (dependencies.file_dependencies or [])


@pytest.mark.parametrize("name", NAMES)
def test_steps_say_what_they_do(name: str) -> None:
    assert step(name).entrypoint.__doc__
    assert signature(step(name).entrypoint).return_annotation
