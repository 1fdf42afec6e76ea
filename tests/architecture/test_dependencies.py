"""What the code imports is named in pyproject.toml, not only brought along by something else."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture import rules

ROOT = Path(__file__).parents[2]
OURS = {path.name for path in ROOT.iterdir() if path.is_dir()} | {"run"}
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUN = SETTINGS["project"]["dependencies"]
GROUPS = SETTINGS["dependency-groups"]
DEV = [requirement for requirement in GROUPS["dev"] if isinstance(requirement, str)]
EXTRAS = [
    requirement
    for extra in ("lemmas", "xgboost", "explain", "dask", "transformers")
    for requirement in GROUPS[extra]
]
JOBS = ("adapters", "cli", "core", "expectations", "materializers", "pipelines", "stacks", "steps")


def undeclared(files: list[Path], requirements: list[str]) -> set[str]:
    declared = {_normal(re.match(r"[\w.-]+", line)[0]) for line in requirements}
    distributions = packages_distributions()
    names = {name for path in files for _, name in rules.imports(path.read_text(encoding="utf-8"))}
    foreign = names - OURS - sys.stdlib_module_names
    return {
        name
        for name in foreign
        # What is not installed here, such as torch, goes by its own name.
        if declared.isdisjoint(map(_normal, distributions.get(name, (name,))))
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    ("folders", "requirements"),
    [
        (JOBS, RUN + EXTRAS),
        (("service",), GROUPS["serving"]),
        (("tests", "scripts"), RUN + EXTRAS + DEV),
    ],
    ids=["jobs", "service", "tests"],
)
def test_imports_are_declared(folders: tuple[str, ...], requirements: list[str]) -> None:
    assert undeclared(rules.python_files(ROOT, *folders), requirements) == set()


def test_an_undeclared_import_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os, yaml\nfrom sklearn.svm import SVC\nimport unknown\n")
    files = rules.python_files(tmp_path)
    assert undeclared(files, ["scikit_learn>=1"]) == {"yaml", "unknown"}
