"""Where a model comes from: recorded in every registry and in the Bento."""

import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

LIBRARIES = ("zenml", "mlflow", "scikit-learn", "numpy", "scipy", "pandas", "bentoml")


class Lineage(BaseModel):
    """What is needed to trace and to repeat a release.

    Attributes:
        config_hash: SHA-256 of the whole effective config.
        data_fingerprint: SHA-256 of the rows that were loaded.
        run_id: ZenML run that trained, or found, the model.
        tracking_run_id: MLflow run of the candidate.
        candidate: Name of the candidate.
        trained_at: When it was fitted; UTC, ISO 8601.
        seed: The config's seed.
        git_commit: Commit of the checkout, with "-dirty" when files differ; None without git.
        libraries: Versions of what computed the model.
        model_sha256: SHA-256 of the fitted estimator's file.
        scorer_sha256: SHA-256 of the served scorer's files.
    """

    model_config = ConfigDict(frozen=True)

    config_hash: str
    data_fingerprint: str
    run_id: str
    tracking_run_id: str
    candidate: str
    trained_at: str
    seed: int
    git_commit: str | None
    libraries: dict[str, str]
    model_sha256: str
    scorer_sha256: str

    def as_labels(self) -> dict[str, str]:
        """Flat text values, for tags and labels."""
        values = self.model_dump(exclude={"libraries"})
        labels = {key: str(value) for key, value in values.items() if value is not None}
        return labels | {f"version_{name}": value for name, value in self.libraries.items()}


@cache
def library_versions() -> dict[str, str]:
    """Python's and our main libraries' versions."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def git_commit(folder: Path) -> str | None:
    """The commit checked out in ``folder``, with "-dirty" when tracked files differ from it."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    return f"{commit}-dirty" if _git(folder, "status", "--porcelain", "-uno") else commit


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None  # no git, or no repository: a release without a commit is a valid outcome
    return done.stdout.strip()
