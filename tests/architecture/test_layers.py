"""The import contracts of pyproject.toml hold for this tree, and can be broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def empty_house(tmp_path: Path) -> Path:
    """Our contracts over packages that import nothing."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package in settings["tool"]["importlinter"]["root_packages"]:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def test_layers_import_only_what_is_below_them() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_an_empty_house_breaks_nothing(empty_house: Path) -> None:
    done = lint_imports(empty_house)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("core", "expectations"),
        ("core", "zenml"),
        ("expectations", "adapters"),
        ("expectations", "mlflow"),
        ("adapters", "steps"),
        ("stacks", "adapters"),
        ("materializers", "stacks"),
        ("steps", "pipelines"),
        ("pipelines", "cli"),
        ("service", "steps"),
        ("service", "sklearn"),
        ("adapters", "service"),
    ],
)
def test_an_import_upwards_is_found(empty_house: Path, importer: str, imported: str) -> None:
    (empty_house / importer / "bad.py").write_text(f"import {imported}\n")
    done = lint_imports(empty_house)
    assert done.returncode == 1
    assert f"{importer}.bad -> {imported}" in done.stdout


def test_the_service_is_kept_light_through_core_too(empty_house: Path) -> None:
    (empty_house / "core/heavy.py").write_text("import sklearn\n")
    (empty_house / "service/app.py").write_text("from core import heavy\n")
    done = lint_imports(empty_house)
    assert done.returncode == 1
    assert "core.heavy -> sklearn" in done.stdout
