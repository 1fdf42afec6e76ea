"""Which files a step's cache key covers, and what ZenML makes of it when one of them changes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent

import pytest

from adapters import caching
from adapters.caching import ROOT, cache_policy, libraries, source_closure
from tests.gatehouse import Trained

STEPS = ROOT / "steps"
PACKAGES = (
    *("adapters", "cli", "configs", "core", "expectations", "materializers"),
    *("pipelines", "requirements", "service", "stacks", "steps"),
)


def closure(step: str) -> set[str]:
    return {str(file.relative_to(ROOT)) for file in source_closure(STEPS / f"{step}.py")}


@pytest.mark.parametrize(
    ("step", "covered", "not_covered"),
    [
        (
            "train_candidate",
            {"core/models/build.py", "core/models/text.py", "core/tasks/training.py"},
            {"core/models/measures.py", "core/governance/decision.py", "core/drift/report.py"},
        ),
        (
            "validate_data",
            {"expectations/runner.py", "expectations/suites/ag_news.json", "core/data/labels.py"},
            {"core/models/scorer/storage.py", "core/evaluation/report.html.j2"},
        ),
        (
            "evaluate_model",
            {"core/evaluation/report.py", "core/evaluation/report.html.j2"},
            {"core/models/scorer/storage.py", "expectations/runner.py"},
        ),
        ("export_scorer", {"core/models/parity.py"}, {"core/evaluation/report.py"}),
        ("measure_drift", {"core/drift/psi.py"}, {"core/models/scorer/storage.py"}),
    ],
)
def test_a_step_covers_what_it_runs(step: str, covered: set[str], not_covered: set[str]) -> None:
    files = closure(step)
    assert covered | {f"steps/{step}.py", "core/__init__.py", "core/errors.py"} <= files
    assert not not_covered & files


def test_a_policy_lists_files_below_the_root() -> None:
    dependencies = cache_policy(str(STEPS / "load_data.py")).file_dependencies
    assert dependencies == sorted(closure("load_data"))
    assert all((ROOT / path).is_file() for path in dependencies)


def test_a_policy_covers_the_libraries() -> None:
    policy = cache_policy(str(STEPS / "load_data.py"))
    assert policy.cache_func is not None
    assert policy.cache_func.import_path == "adapters.caching.libraries"
    assert json.loads(libraries())["scikit-learn"] == version("scikit-learn")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project of the test's own in place of ours."""
    files = {
        "pkg/__init__.py": "",
        "pkg/a.py": "import os\nfrom pkg import b\nimport pkg.sub.c as c",
        "pkg/b.py": "def late():\n    from pkg.d import value\n    return open('page.j2'), value",
        "pkg/d.py": "from pkg.a import b  # a circle\nFOLDER = Path(__file__).parent / 'data'",
        "pkg/unused.py": "'other.j2'",
        "pkg/page.j2": "",
        "pkg/other.j2": "",
        "pkg/notes.txt": "",
        "pkg/sub/__init__.py": "from pkg.sub.e import name",
        "pkg/sub/c.py": "import numpy",
        "pkg/sub/e.py": "name = 1",
        "pkg/data/deep/suite.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(caching, "ROOT", tmp_path)
    caching._module_files.cache_clear()
    yield tmp_path
    caching._module_files.cache_clear()


def test_every_way_of_importing_is_followed(project: Path) -> None:
    found = source_closure(project / "pkg" / "a.py")
    assert [str(file.relative_to(project)) for file in found] == [
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/b.py",
        "pkg/d.py",
        "pkg/data/deep/suite.json",
        "pkg/page.j2",
        "pkg/sub/__init__.py",
        "pkg/sub/c.py",
        "pkg/sub/e.py",
    ]


DRIVER = dedent("""
    import json, sys
    from pathlib import Path
    from cli.environment import prepare_environment, prepare_stack

    prepare_environment()
    prepare_stack()
    from cli.planning import plan_training
    from core.config import load_config

    def show(file):
        steps = plan_training(load_config(Path(sys.argv[1])))
        runs = [step.name for step in steps if step.state != "cached"]
        print("PLAN", json.dumps([file, runs]))

    show(None)
    for file in sys.argv[2:]:
        original = Path(file).read_bytes()
        Path(file).write_bytes(original + b"\\n")
        show(file)
        Path(file).write_bytes(original)
""")


@pytest.mark.integration
def test_an_edit_reruns_what_depends_on_it_and_nothing_else(
    trained: Trained, tmp_path: Path
) -> None:
    """In a copy of the project, which shares the cache with the original."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    expected = {
        None: ["decide"],
        "cli/outcome.py": ["decide"],
        "core/drift/report.py": ["decide"],
        "core/governance/decision.py": ["decide"],
        "core/models/scorer/storage.py": ["export_scorer", "decide"],
        "core/evaluation/report.py": ["evaluate_model", "decide"],
        "core/evaluation/report.html.j2": ["evaluate_model", "decide"],
        "expectations/suites/ag_news.json": ["validate_data", "validate_splits", "decide"],
        "core/models/build.py": None,
    }
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    files = [file for file in expected if file]
    done = subprocess.run(
        [sys.executable, driver, trained.config, *files],
        cwd=tmp_path,
        env=os.environ | {"ZENML_CUSTOM_SOURCE_ROOT": str(tmp_path), "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = [line for line in done.stdout.splitlines() if line.startswith("PLAN ")]
    plans = dict(json.loads(line.removeprefix("PLAN ")) for line in shown)
    # Every task type builds its estimators, and every step that loads or splits asks the task.
    assert "train_words" in plans.pop("core/models/build.py")
    del expected["core/models/build.py"]
    assert plans == expected
