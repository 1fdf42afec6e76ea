"""A released version is made again: what counts as the same, and what is said when it is not."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from zenml import log_metadata
from zenml.client import Client
from zenml.models import ModelVersionResponse

import adapters.reproduce
from core.config.loading import values_hash
from core.config.tasks import TASKS
from core.data.headlines import generate_headlines
from tests.conftest import ROOT
from tests.gatehouse import Trained, job, run_cli, snapshot, train

pytestmark = pytest.mark.integration

MODELS = [
    {"name": "lr", "model": "logistic_regression"},
    {"name": "svm", "model": "linear_svm"},
    {"name": "mnb", "model": "multinomial_nb"},
    {"name": "cnb", "model": "complement_nb", "vectorizer": [{"ngram_range": [1, 2]}, {}]},
    {"name": "forest", "model": "random_forest", "params": {"n_estimators": 8}},
    {"name": "net", "model": "mlp", "params": {"hidden_layer_sizes": [4], "max_iter": 20}},
    {"name": "trees", "model": "xgboost", "params": {"n_estimators": 8}},
    {"name": "vote", "model": "soft_vote", "members": [{"model": "linear_svm"}] * 2},
    {"name": "stack", "model": "stacking", "members": [{"model": "multinomial_nb"}] * 2},
]
TEXT_MODELS = TASKS["text_classification"].models
FIT_ALL = """
import hashlib, json, sys, warnings
from pathlib import Path
from core.config import load_config
from core.tasks import get_task
from core.tasks.training import fit_candidate
from materializers.estimator import dump

warnings.simplefilter("ignore")  # which ZenML would print to stdout
config = load_config(Path(sys.argv[1]), ())
task = get_task(config.task)
splits = task.split(task.load(config.data, config.seed), config.data.split, config.seed, True)
found = {}
for item in config.candidates:
    rows = splits["train"], splits["validation"]
    fitted, _ = fit_candidate(task, item, config.preprocessing, *rows, 0.9, config.seed)
    found[item.name] = hashlib.sha256(dump(fitted)).hexdigest()
print(json.dumps(found))
"""


def in_another_process(*arguments: object, **variables: str) -> Any:
    """What it prints, as JSON."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reproduce(model: str, code: int = 0) -> Any:
    completed = run_cli("reproduce", model, "1", "--json")
    assert completed.code == code, completed.err + completed.out
    return completed.json


@contextmanager
def replaced(path: Path, content: bytes | None) -> Iterator[None]:
    """Another file, or none, in a file's place."""
    before = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


@pytest.fixture(scope="module")
def source(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a model in production named "remade"."""
    folder = tmp_path_factory.mktemp("remade")
    path = folder / "rows.csv"
    generate_headlines(600, seed=17).to_pandas().to_csv(path, index=False)
    train(job(folder, "remade", data={"source": {"kind": "file", "path": str(path)}}))
    return path


@pytest.fixture
def version(source: Path) -> ModelVersionResponse:
    return Client().get_model_version("remade", 1)


def file(version: ModelVersionResponse, artifact: str, name: str) -> Path:
    found = version.get_artifact(artifact)
    assert found is not None
    return Path(found.uri, name)


def other_labels(path: Path) -> bytes:
    rows = pd.read_parquet(path)
    rows.loc[rows.index[:100], "label"] = (
        rows["label"].iloc[:100].sample(frac=1, random_state=1).values
    )
    return rows.to_parquet(compression="zstd")


def test_every_model_has_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    # A fine-tuned transformer has a test of its own.
    assert {item["model"] for item in MODELS} == TEXT_MODELS - {"transformer"}
    config = job(tmp_path, candidates=MODELS)
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    first = in_another_process("-c", FIT_ALL, config, PYTHONHASHSEED="1", **one)
    again = in_another_process("-c", FIT_ALL, config, PYTHONHASHSEED="2")
    assert first == again
    assert len(set(first.values())) == len(MODELS)


def test_a_release_made_again_is_identical_and_nothing_changes(trained: Trained) -> None:
    before, name = snapshot(), trained.outcome["model"]
    shown = run_cli("reproduce", name, "1")
    assert shown.code == 0, shown.err
    assert f"IDENTICAL: the same bytes  {name} version 1" in shown.out
    words = ["read the record", "load the data", "fit", "compare"]
    lines = [line.removeprefix("✓ ") for line in shown.err.splitlines()]
    assert all(line.startswith(word) for line, word in zip(lines, words, strict=True))
    other = in_another_process("run.py", "reproduce", name, "1", "--json", PYTHONHASHSEED="7")
    assert other["verdict"] == "identical"
    for key in ("model_sha256", "data_fingerprint", "config_hash", "libraries"):
        assert other["found"][key] == other["recorded"][key]
    assert other["predictions"]["max_difference"] == 0
    assert snapshot() == before


def test_other_libraries_are_named(version: ModelVersionResponse) -> None:
    before = version.run_metadata["libraries"]
    log_metadata({"libraries": before | {"numpy": "1.0"}}, model_version_id=version.id)
    result = reproduce("remade")
    log_metadata({"libraries": before}, model_version_id=version.id)
    assert result["verdict"] == "identical"
    assert f"library: numpy 1.0 at the release, {before['numpy']} now" in result["differences"]


def test_altered_rows(version: ModelVersionResponse) -> None:
    rows = file(version, "dataset", "rows.parquet")
    before = snapshot()
    with replaced(rows, other_labels(rows)):
        result = reproduce("remade", code=1)
    assert result["verdict"] == "different"
    assert result["found"]["data_fingerprint"] != result["recorded"]["data_fingerprint"]
    assert result["predictions"]["max_difference"] > 0.001
    assert result["predictions"]["other_labels"] > 0
    titles = [line.split(":")[0] for line in result["differences"] if not line.startswith("code")]
    assert titles == ["data", "not recorded", "model", "predictions"]
    assert snapshot() == before


def test_lost_rows_come_from_the_source(version: ModelVersionResponse, source: Path) -> None:
    with replaced(file(version, "dataset", "rows.parquet"), None):
        result = reproduce("remade")
        changed = source.read_bytes().replace(b"the", b"thy", 200)
        with replaced(source, changed):
            other = reproduce("remade", code=1)
        with replaced(source, None):
            lost = run_cli("reproduce", "remade", "1")
    note = result["differences"][0]
    assert note.startswith("data: remade version 1: its dataset can't be loaded (FileNotFoundError")
    assert note.endswith("; read again from source file")
    assert result["verdict"] == "identical"
    assert result["found"]["data_fingerprint"] == result["recorded"]["data_fingerprint"]
    assert (other["verdict"], other["differences"][0]) == ("different", note)
    assert other["differences"][1].startswith("data: fingerprint ")
    assert lost.code != 0
    assert str(source) in lost.error


def test_the_same_predictions_from_other_bytes(
    version: ModelVersionResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a library would that stores the same model otherwise.
    monkeypatch.setattr(adapters.reproduce, "dump", lambda model: pickle.dumps(model, protocol=4))
    result = reproduce("remade")
    assert result["verdict"] == "same_predictions"
    recorded = version.run_metadata["model_sha256"][:12]
    assert result["differences"][-1].startswith(f"model: SHA-256 {recorded} at the release")


def test_file_and_metadata_changed_together_deceive_nobody(
    version: ModelVersionResponse, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    content, before = pickle.dumps(Evil(ran)), version.run_metadata["model_sha256"]
    changed = {"model_sha256": hashlib.sha256(content).hexdigest()}
    log_metadata(changed, model_version_id=version.id)
    with replaced(file(version, "model", "model.pkl"), content):
        result = reproduce("remade")
    log_metadata({"model_sha256": before}, model_version_id=version.id)
    assert not ran.exists()
    assert result["recorded"]["model_sha256"] == before
    assert result["verdict"] == "identical"  # what was fitted again is what was released
    assert "its file is not the one that was released" in result["differences"][-1]


@pytest.mark.parametrize("with_its_hash", [False, True])
def test_another_config_is_not_the_one_released(
    version: ModelVersionResponse, with_its_hash: bool
) -> None:
    before = {key: version.run_metadata[key] for key in ("config", "config_hash")}
    config = json.loads(str(before["config"])) | {"seed": 99}
    changed = {"config": json.dumps(config)}
    if with_its_hash:
        changed["config_hash"] = values_hash(config)
    log_metadata(changed, model_version_id=version.id)
    try:
        refused = run_cli("reproduce", "remade", "1")
    finally:
        log_metadata(before, model_version_id=version.id)
    assert refused.code == 1
    assert "remade version 1: its config was altered" in refused.error


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "has lost the artifact"), (b"another", "its file is not the one that was released")],
)
def test_a_lost_or_altered_model_is_still_recognised(
    version: ModelVersionResponse, content: bytes | None, words: str
) -> None:
    with replaced(file(version, "model", "model.pkl"), content):
        result = reproduce("remade")
    assert result["verdict"] == "identical"
    assert result["predictions"]["max_difference"] is None
    assert words in result["differences"][-1]


@pytest.mark.parametrize("asked", [("remade", "9"), ("remade", "latest"), ("nobody", "1")])
def test_what_was_never_released(source: Path, asked: tuple[str, str]) -> None:
    refused = run_cli("reproduce", *asked)
    assert refused.code == 1
    assert refused.error == f"error: {asked[0]} has no version {asked[1]}; see all: run.py status"
