import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from core.governance.lineage import LIBRARIES, Lineage, git_commit, library_versions


def lineage(commit: str | None) -> Lineage:
    return Lineage(
        config_hash="c",
        data_fingerprint="d",
        run_id="r",
        tracking_run_id="t",
        candidate="words",
        trained_at="2026-01-02T03:04:05+00:00",
        seed=42,
        git_commit=commit,
        libraries={"python": "3.11.7", "scikit-learn": "1.9.1"},
        model_sha256="m",
        scorer_sha256="s",
    )


def test_labels_are_flat_text() -> None:
    labels = lineage("abc").as_labels()
    assert all(isinstance(value, str) for value in labels.values())
    assert labels["seed"] == "42"
    assert labels["git_commit"] == "abc"
    assert labels["version_scikit-learn"] == "1.9.1"
    assert set(labels) == set(Lineage.model_fields) - {"libraries"} | {
        "version_python",
        "version_scikit-learn",
    }


def test_what_is_unknown_has_no_label() -> None:
    assert "git_commit" not in lineage(None).as_labels()


def test_versions_are_those_installed() -> None:
    versions = library_versions()
    assert set(versions) == {"python", *LIBRARIES}
    assert versions["scikit-learn"] == version("scikit-learn")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("one")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_the_commit_of_a_clean_checkout(repository: Path) -> None:
    (repository / "untracked").write_text("")
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert git_commit(repository) == head.stdout.strip()


def test_changed_files_make_it_dirty(repository: Path) -> None:
    clean = git_commit(repository)
    (repository / "file").write_text("two")
    assert git_commit(repository) == f"{clean}-dirty"


def test_no_repository_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git_commit(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert git_commit(tmp_path) is None
