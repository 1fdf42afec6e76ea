"""What the tests of pipelines share: the command line in this process, jobs, registry snapshots."""

import json
import os
import sqlite3
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SHARED_SEED = 43
UNTRAINED = "news"
_OWNERS: dict[str, str] = {}
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


def claim(name: str) -> None:
    """A model is one test file's alone, since all share a home."""
    file = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
    owner = _OWNERS.setdefault(name, file)
    assert owner == file, f"{name!r} is a model of {owner}; take another name"


def job(folder: Path, name: str = UNTRAINED, /, **changes: Any) -> Path:
    """Write a small job's config into a folder; ``changes`` replace or add sections.

    Without a name it is a config that nobody trains.
    """
    if name != UNTRAINED:
        claim(name)
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


def snapshot() -> dict[str, Any]:
    """All that a release can change: both registries, the Bento store and the channels."""
    return {
        "zenml": _zenml_models(),
        "mlflow": _mlflow_models(),
        "bentos": _bentos(),
        "channels": _channels(),
    }


def _zenml_models() -> dict[str, Any]:
    """Every model, and every version as its stage, metadata and artifacts.

    Read from ZenML's database: its client takes seconds for the models of a whole test session.
    """
    from zenml.client import Client

    path = Client().zen_store.config.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        models = database.execute("SELECT name FROM model")
        versions = database.execute(
            "SELECT v.id, m.name, v.number, v.stage FROM model_version v "
            "JOIN model m ON m.id = v.model_id"
        )
        found = {name: {} for (name,) in models}
        metadata, artifacts = _metadata(database), _artifacts(database)
        return found | {
            f"{name} {number}": {
                "stage": stage,
                "metadata": metadata.get(key, {}),
                "artifacts": artifacts.get(key, set()),
            }
            for key, name, number, stage in versions
        }


def _metadata(database: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """The last value of each key, by the id of a model version."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    rows = database.execute(
        "SELECT r.resource_id, d.key, d.value FROM run_metadata d "
        "JOIN run_metadata_resource r ON r.run_metadata_id = d.id "
        "WHERE r.resource_type = 'model_version' ORDER BY d.created"
    )
    for version, key, value in rows:
        found[version][key] = json.loads(value)
    return found


def _artifacts(database: sqlite3.Connection) -> dict[str, set[tuple[str, str]]]:
    """Names and versions of the linked artifacts, by the id of a model version."""
    found = defaultdict(set)
    rows = database.execute(
        "SELECT l.model_version_id, a.name, v.version FROM model_versions_artifacts l "
        "JOIN artifact_version v ON v.id = l.artifact_version_id "
        "JOIN artifact a ON a.id = v.artifact_id"
    )
    for version, *artifact in rows:
        found[version].add(tuple(artifact))
    return found


def _mlflow_models() -> dict[str, Any]:
    from adapters.registry import model_registry

    client, most = model_registry().mlflow_client, 1000
    models = client.search_registered_models(max_results=most)
    versions = client.search_model_versions(max_results=most)
    assert max(len(models), len(versions)) < most
    return {model.name: dict(model.aliases) for model in models} | {
        f"{v.name} {v.version}": (v.source, v.run_id, v.description, dict(v.tags)) for v in versions
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
    """Every Bento and model, also what is half written: BentoML's own lists read each whole."""
    home = Path(os.environ["BENTOML_HOME"])
    folders = (path for kind in ("bentos", "models") for path in (home / kind).glob("*/*/"))
    return sorted(str(path.relative_to(home)) for path in folders)
