"""A registry, a file or a channel that says otherwise than the ledger is found and named."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow import MlflowClient
from psutil import Process
from zenml import log_metadata
from zenml.client import Client
from zenml.enums import ModelStages

from adapters.audit import audit
from adapters.channel import bentoml_home
from adapters.components import model_registry
from adapters.intents import this_process
from adapters.ledger import append, read_ledger
from adapters.registry import CHAMPION
from adapters.standing import switch
from adapters.versions import BENTO, MLFLOW_VERSION, ReleasedVersion, require_version
from core.channel import channel_path, model_path
from core.governance.ledger import Draft, Standing
from tests.channels import write_channel
from tests.gatehouse import job, run_cli, train

pytestmark = pytest.mark.integration
MODEL = "audited"


@pytest.fixture(scope="module")
def version(stack: str, tmp_path_factory: pytest.TempPathFactory) -> ReleasedVersion:
    train(job(tmp_path_factory.mktemp("audited"), MODEL))
    return require_version(MODEL, "1")


def texts() -> list[str]:
    return [finding.text for finding in audit(MODEL, read_ledger(MODEL))]


@contextmanager
def mended() -> Iterator[None]:
    """Afterwards everything is as the ledger says again."""
    assert texts() == []
    try:
        yield
    finally:
        switch(MODEL, Standing(production="1"))
    assert texts() == []


@contextmanager
def changed(path: Path, content: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


def mlflow() -> MlflowClient:
    return model_registry().mlflow_client


def test_all_agree(version: ReleasedVersion) -> None:
    verified = run_cli("ledger", "verify", MODEL)
    assert verified.code == 0
    assert verified.out.strip() == (
        f"✓ {MODEL}: 3 entries, chain and witness agree, registries agree"
    )


def test_a_stage_moved_by_hand(version: ReleasedVersion) -> None:
    with mended():
        version.found.set_stage(ModelStages.ARCHIVED, force=True)
        assert texts() == ["ZenML has nothing in production, the ledger version 1"]
        assert run_cli("ledger", "verify", MODEL).code == 1


def test_an_alias_removed_by_hand(version: ReleasedVersion) -> None:
    with mended():
        mlflow().delete_registered_model_alias(MODEL, CHAMPION)
        assert texts() == ["MLflow has nothing in production, the ledger version 1"]


def test_a_channel_that_is_gone(version: ReleasedVersion) -> None:
    with mended():
        channel_path(bentoml_home(), MODEL).unlink()
        assert noted()
        assert run_cli("ledger", "verify", MODEL).code == 0, "a machine need not serve"


def test_a_machine_that_never_released(version: ReleasedVersion, tmp_path: Path) -> None:
    """It has neither channel nor Bento."""
    folder = model_path(bentoml_home(), version.release.model_tag)
    with mended():
        channel_path(bentoml_home(), MODEL).unlink()
        shutil.move(folder, tmp_path)
        try:
            assert noted()
        finally:
            shutil.move(tmp_path / folder.name, folder)


def noted() -> bool:
    (finding,) = audit(MODEL, read_ledger(MODEL))
    return not finding.is_damage and "has no channel of audited" in finding.text


def test_a_channel_that_names_another(version: ReleasedVersion) -> None:
    with mended():
        other = version.release.model_copy(update={"version": "7"})
        write_channel(MODEL, other, None)
        assert texts() == ["the channel has version 7 in production, the ledger version 1"]


def test_a_damaged_channel(version: ReleasedVersion) -> None:
    with changed(channel_path(bentoml_home(), MODEL), b"{}"):
        (text,) = texts()
        assert "the channel of audited is damaged" in text


def test_another_model_in_the_artifact_store(version: ReleasedVersion) -> None:
    model = Path(version.found.get_artifact("model").uri) / "model.pkl"
    with changed(model, b"another model"):
        (text,) = texts()
        assert text.startswith("the model of version 1 has SHA-256 ")
        assert "entry 3 says" in text


def test_another_scorer_in_the_bento(version: ReleasedVersion) -> None:
    folder = model_path(bentoml_home(), version.release.model_tag)
    structure = folder / "scorer/scorer.json"
    with changed(structure, structure.read_bytes() + b" "):
        (text,) = texts()
        assert text.startswith("the scorer in the Bento of version 1 has SHA-256 ")


def test_a_bento_that_is_gone(version: ReleasedVersion, tmp_path: Path) -> None:
    folder = model_path(bentoml_home(), version.release.model_tag)
    shutil.move(folder, tmp_path)
    try:
        assert [text.split(";")[0] for text in texts()] == [
            "the scorer in the Bento of version 1 can't be read",
            "the golden answers in the Bento of version 1 can't be read",
            "the card in the Bento of version 1 can't be read",
        ]
    finally:
        shutil.move(tmp_path / folder.name, folder)


def test_changed_tags_in_mlflow(version: ReleasedVersion) -> None:
    number, before = version.mlflow_version, str(version.facts["model_sha256"])
    mlflow().set_model_version_tag(MODEL, number, "model_sha256", "0" * 64)
    try:
        (text,) = texts()
        assert text.startswith(f"model_sha256 of version 1 is {'0' * 64} in MLflow, but {before}")
    finally:
        mlflow().set_model_version_tag(MODEL, number, "model_sha256", before)


@pytest.mark.parametrize("tag", ["model_sha256", "config_hash", "data_fingerprint"])
def test_removed_tags_in_mlflow(version: ReleasedVersion, tag: str) -> None:
    number, before = version.mlflow_version, str(version.facts[tag])
    mlflow().delete_model_version_tag(MODEL, number, tag)
    try:
        assert texts() == [f"{tag} of version 1 is missing in MLflow, but {before} in entry 3"]
    finally:
        mlflow().set_model_version_tag(MODEL, number, tag, before)


def test_a_version_tag_removed_in_mlflow(version: ReleasedVersion) -> None:
    number = version.mlflow_version
    mlflow().delete_model_version_tag(MODEL, number, "zenml_version")
    try:
        assert "zenml_version of version 1 is missing in MLflow" in texts()
    finally:
        mlflow().set_model_version_tag(MODEL, number, "zenml_version", "1")


def test_another_version_of_mlflow(version: ReleasedVersion) -> None:
    """ZenML's record leads to a version that was made by hand, with the same tags."""
    before = mlflow().get_model_version(MODEL, version.mlflow_version)
    tags = dict(before.tags) | {"transaction": "f" * 8}
    made = mlflow().create_model_version(MODEL, before.source, before.run_id, tags=tags)
    with mended():
        log_metadata({MLFLOW_VERSION: str(made.version)}, model_version_id=version.found.id)
        try:
            assert f"version 1 of entry 3 is not in MLflow under number {made.version}" in texts()
        finally:
            log_metadata(
                {MLFLOW_VERSION: version.mlflow_version}, model_version_id=version.found.id
            )
            mlflow().delete_model_version(MODEL, str(made.version))


def test_another_model_in_mlflow(version: ReleasedVersion) -> None:
    place = mlflow().get_model_version_download_uri(MODEL, version.mlflow_version)
    with changed(Path(place.removeprefix("file://")) / "model.pkl", b"another model"):
        (text,) = texts()
        assert text.startswith("the model in MLflow of version 1 has SHA-256 ")


def test_another_card_in_the_bento(version: ReleasedVersion) -> None:
    card = model_path(bentoml_home(), version.release.model_tag) / "card.html"
    with changed(card, b"the best model ever"):
        (text,) = texts()
        assert text.startswith("the card in the Bento of version 1 can't be read")


@pytest.mark.parametrize("is_dead", [False, True])
def test_an_open_change(stack: str, is_dead: bool) -> None:
    """That of a living process is a note; one that was cut short is not."""
    name, process = f"open_{is_dead}", subprocess.Popen(["/bin/sleep", "60"])
    born = str(Process(process.pid).create_time())
    intent = Draft(
        action="intent",
        purpose="withdrawal",
        by="ann",
        reason="",
        transaction="0" * 8,
        before=Standing(),
        details=this_process() | {"pid": str(process.pid), "started": born},
    )
    append(name, intent)
    if is_dead:
        process.kill()
        process.wait()
    verified = run_cli("ledger", "verify", name, "--json")
    process.kill()
    assert verified.code == int(is_dead)
    (finding,) = verified.json["findings"]
    words = "was cut short; mend it: run.py doctor --fix" if is_dead else "is under way"
    assert words in finding["text"]


def test_changed_metadata_in_zenml(version: ReleasedVersion) -> None:
    bento = str(version.facts[BENTO])
    log_metadata({BENTO: "other:1"}, model_version_id=version.found.id)
    try:
        assert texts() == [f"bento of version 1 is other:1 in ZenML, but {bento} in entry 3"]
    finally:
        log_metadata({BENTO: bento}, model_version_id=version.found.id)


def test_a_version_that_is_gone(stack: str, tmp_path: Path) -> None:
    train(job(tmp_path, "gone"))
    version = require_version("gone", "1")
    mlflow().delete_model_version("gone", version.mlflow_version)
    found = [finding.text for finding in audit("gone", read_ledger("gone"))]
    assert f"version 1 of entry 3 is not in MLflow under number {version.mlflow_version}" in found
    Client().delete_model_version(version.found.id)
    found = [finding.text for finding in audit("gone", read_ledger("gone"))]
    assert "version 1 of entry 3 is not in ZenML" in found


def test_history(version: ReleasedVersion) -> None:
    told = run_cli("history", MODEL)
    assert told.code == 0
    assert "promoted by" in told.out
    assert "in production since" in told.out
    events = run_cli("history", MODEL, "--json").json["events"]
    assert [event["entry"] for event in events] == [1, 3]
    assert {event["subject"] for event in events} == {"version 1"}
