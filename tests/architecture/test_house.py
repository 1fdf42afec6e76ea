"""Our own files keep the rules of the house."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.architecture import rules

ROOT = Path(__file__).parents[2]
CODE = (
    *("adapters", "cli", "core", "expectations", "materializers"),
    *("pipelines", "service", "stacks", "steps"),
)
FRAMEWORKS = frozenset({"zenml", "mlflow", "bentoml", "evidently", "great_expectations"})
FORBIDDEN = {
    "core": FRAMEWORKS,
    "expectations": frozenset({"zenml", "mlflow", "bentoml"}),
    "service": FRAMEWORKS - {"bentoml"} | {"pandas", "sklearn", "scipy"},
}


def broken(files: list[Path], rule: Callable[[str], list[str]]) -> list[str]:
    """All that breaks a rule, so that one run names everything."""
    return [
        f"{path.relative_to(ROOT)}: {problem}"
        for path in files
        for problem in rule(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("folder", "limit"), [("steps", 80), ("pipelines", 60), (".", 400)])
def test_files_are_short(folder: str, limit: int) -> None:
    files = rules.python_files(ROOT, folder)
    assert broken(files, lambda source: rules.file_too_long(source, limit)) == []


def test_functions_are_short() -> None:
    assert broken(rules.python_files(ROOT), rules.functions_too_long) == []


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_imports_no_forbidden_library(layer: str) -> None:
    files = rules.python_files(ROOT, layer)
    assert broken(files, lambda source: rules.forbidden_imports(source, FORBIDDEN[layer])) == []


def test_nothing_imports_the_entry_point() -> None:
    files = rules.python_files(ROOT, *CODE)
    assert broken(files, lambda source: rules.forbidden_imports(source, frozenset({"run"}))) == []


def test_nothing_looks_at_the_stack_when_imported() -> None:
    assert broken(rules.python_files(ROOT, *CODE), rules.clients_at_import) == []


def test_no_error_is_swallowed() -> None:
    assert broken(rules.python_files(ROOT), rules.swallowed_errors) == []


def test_yaml_files_parse() -> None:
    files = [path for folder in ("configs", "stacks") for path in (ROOT / folder).glob("*.yaml")]
    assert files
    for path in files:
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict), path
