"""What the tests of pipelines share: the command line in this process, jobs, registry snapshots."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

STDOUT, STDERR = 1, 2
# As in a process of its own: whoever prints, prints to the file descriptors. Kept for good, since
# logging handlers hold on to the streams that they found when they were made.
_STREAMS = tuple(open(fd, "w", closefd=False, encoding="utf-8") for fd in (STDOUT, STDERR))  # noqa: SIM115


@dataclass(frozen=True)
class Completed:
    """A finished command of the command line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout; fails when there is anything else."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one error line, the last on stderr; fails on more of them and on tracebacks."""
        lines = self.err.splitlines()
        errors = [number for number, line in enumerate(lines) if line.startswith("error: ")]
        assert errors == [len(lines) - 1], self.err
        assert "Traceback" not in self.err + self.out
        return lines[-1]


def run_cli(*arguments: object) -> Completed:
    """Run a command in this process, as ``python run.py ARGUMENTS`` does in one of its own."""
    from cli.main import run

    with tempfile.TemporaryDirectory(prefix="gatehouse-cli-") as folder:
        files = {fd: Path(folder) / str(fd) for fd in (STDOUT, STDERR)}
        with _redirected(files):
            code = run([str(argument) for argument in arguments])
        out, err = (files[fd].read_text(encoding="utf-8") for fd in (STDOUT, STDERR))
    return Completed(code, out, err)


@contextmanager
def _redirected(files: dict[int, Path]) -> Iterator[None]:
    """Both streams go to files; the command may redirect them further, all is put back."""
    before = sys.stdout, sys.stderr
    saved = {fd: os.dup(fd) for fd in files}
    for stream in before:
        stream.flush()
    for fd, path in files.items():
        with path.open("wb") as file:
            os.dup2(file.fileno(), fd)
    sys.stdout, sys.stderr = _STREAMS
    try:
        yield
    finally:
        for stream in _STREAMS:
            stream.flush()
        sys.stdout, sys.stderr = before
        for fd, copy in saved.items():
            os.dup2(copy, fd)
            os.close(copy)


def job(folder: Path, name: str = "news", /, **changes: Any) -> Path:
    """Write a small job's config into a folder; ``changes`` replace or add sections."""
    config = {
        "name": name,
        "data": {"source": {"kind": "embedded", "rows": 600}},
        "candidates": [
            {"name": "words", "model": "multinomial_nb"},
            {"name": "pairs", "model": "multinomial_nb", "vectorizer": {"ngram_range": [1, 2]}},
        ],
        "monitoring": {"reference_rows": 400},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(config | changes), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Trained:
    """A released model: its config file and what ``train --json`` said."""

    config: Path
    completed: Completed

    @property
    def outcome(self) -> Any:
        """The object of ``train --json``."""
        return self.completed.json


def train(config: Path, *arguments: object, code: int = 0) -> Any:
    """Train through the command line; gives the object of ``train --json``."""
    completed = run_cli("train", "--config", config, "--json", *arguments)
    assert completed.code == code, completed.err + completed.out
    return completed.json


def step_states(run_id: str) -> dict[str, str]:
    """Each step of a run by name: "cached" or "runs"."""
    from zenml.client import Client
    from zenml.enums import ExecutionStatus

    steps = Client().get_pipeline_run(run_id).steps.items()
    return {n: "cached" if s.status == ExecutionStatus.CACHED else "runs" for n, s in steps}


def snapshot(only: str | None = None) -> dict[str, Any]:
    """All that a release can change: both registries, the Bento store and the channels.

    ``only`` leaves ZenML's other models out, which take most of the time.
    """
    return {
        "zenml": _zenml_models(only),
        "mlflow": _mlflow_models(),
        "bentos": _bentos(),
        "channels": _channels(),
    }


def _zenml_models(only: str | None) -> dict[str, Any]:
    from zenml.client import Client

    client = Client()
    found = client.list_models(size=1000).items
    models = [model for model in found if only in (None, model.name)]
    versions = [
        version
        for model in models
        for version in client.list_model_versions(model.name, size=1000, hydrate=True).items
    ]
    return {model.name: {} for model in models} | {
        f"{version.model.name} {version.number}": {
            "stage": version.stage,
            "metadata": version.run_metadata,
            "artifacts": sorted(version.model_artifact_ids) + sorted(version.data_artifact_ids),
        }
        for version in versions
    }


def _mlflow_models() -> dict[str, Any]:
    from adapters.registry import model_registry

    client = model_registry().mlflow_client
    return {
        model.name: {
            "aliases": dict(model.aliases),
            "versions": {
                version.version: (version.source, version.run_id, dict(version.tags))
                for version in client.search_model_versions(f"name='{model.name}'")
            },
        }
        for model in client.search_registered_models()
    }


def _channels() -> dict[str, Any]:
    from adapters.channel import read_channel

    folder = Path(os.environ["BENTOML_HOME"]) / "channels"
    channels = {path.stem: read_channel(path.stem) for path in folder.glob("*.json")}
    # An undone release leaves a channel that names nothing, or what it named before.
    return {
        name: (channel.champion, channel.challenger)
        for name, channel in channels.items()
        if channel and (channel.champion or channel.challenger)
    }


def _bentos() -> list[str]:
    import bentoml

    return sorted(str(item.tag) for item in (*bentoml.bentos.list(), *bentoml.models.list()))
