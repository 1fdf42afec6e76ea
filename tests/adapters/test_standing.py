"""The ledger says who stands where; hands and lost files in the registries do not."""

from collections.abc import Callable

import pytest
from mlflow import MlflowClient
from zenml.client import Client

from adapters.champion import load_champion
from adapters.channel import bentoml_home, read_channel
from adapters.components import model_registry
from adapters.ledger import read_ledger
from adapters.repair import problems, repair
from adapters.standing import observed, switch
from adapters.versions import require_version
from adapters.witness import experiment_name
from core.channel import channel_path
from core.errors import LedgerError, ReleaseError
from core.governance.ledger import Standing
from core.governance.state import FINISHED, OUTCOME, state_of
from tests.adapters.changes import Source
from tests.gatehouse import snapshot

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def two(source: Source) -> str:
    """A model whose second version is in production."""
    source.release("two")
    source.release("two")
    return "two"


def mlflow() -> MlflowClient:
    client: MlflowClient = model_registry().mlflow_client
    return client


def move_stage(name: str) -> None:
    Client().get_model_version(name, 1).set_stage("production", force=True)


def archive(name: str) -> None:
    Client().get_model_version(name, 2).set_stage("archived", force=True)


def move_alias(name: str) -> None:
    first = require_version(name, "1").mlflow_version
    mlflow().set_registered_model_alias(name, "champion", first)


def move_alias_and_lie(name: str) -> None:
    """The tag says that the version behind the alias is the one in production."""
    first = require_version(name, "1").mlflow_version
    mlflow().set_model_version_tag(name, first, "zenml_version", "2")
    mlflow().set_registered_model_alias(name, "champion", first)


def drop_alias(name: str) -> None:
    mlflow().delete_registered_model_alias(name, "champion")


def test_a_switch_moves_all_and_is_idempotent(two: str) -> None:
    before = snapshot()
    for standing in (
        Standing(production="1"),
        Standing(production="1", challenger="2"),
        Standing(challenger="1"),
        Standing(),
        Standing(production="2"),
    ):
        switch(two, standing)
        found, channel = observed(two), read_channel(two)
        assert (found.zenml, found.mlflow, found.channel) == (standing, standing, standing)
        switch(two, standing)
        assert read_channel(two) == channel
    assert snapshot() == before


def test_a_version_that_was_never_whole_can_not_stand(two: str) -> None:
    before = snapshot()
    with pytest.raises(ReleaseError, match="two version 9 is gone"):
        switch(two, Standing(production="9"))
    assert snapshot() == before


@pytest.mark.parametrize("stray", [move_stage, archive, move_alias])
def test_a_hand_in_the_registries_is_refused_and_mended(
    source: Source, two: str, stray: Callable[[str], None]
) -> None:
    before, count = snapshot(), len(read_ledger(two))
    stray(two)
    with pytest.raises(LedgerError, match=r"the ledger version 2; mend it: run.py doctor --fix"):
        source.release(two)
    assert len(read_ledger(two)) == count
    (found,) = problems(two)
    assert found.mendable
    (done,) = repair(two, "doc")
    assert done == f"set back, since {found.found}"
    assert snapshot() == before
    assert repair(two, "doc") == []
    intent, entry = read_ledger(two)[count:]
    held = Standing(production="2")
    assert (intent.action, intent.purpose, intent.before, intent.after) == (
        "intent", "repair", held, held
    )  # fmt: skip
    assert (entry.action, entry.by, entry.reason) == ("repair", "doc", done)
    assert entry.transaction == intent.transaction
    assert state_of(read_ledger(two)).standing == held


def test_an_alias_is_judged_by_its_version_not_by_a_tag(source: Source, two: str) -> None:
    before, first = snapshot(), require_version(two, "1").mlflow_version
    move_alias_and_lie(two)
    said = f"MLflow has version MLflow {first} in production, the ledger version 2"
    with pytest.raises(LedgerError, match=said):
        source.release(two)
    assert repair(two, "doc") == [f"set back, since {said}"]
    mlflow().set_model_version_tag(two, first, "zenml_version", "1")
    assert snapshot() == before


def test_a_lost_alias_and_a_lost_channel_are_mended(two: str) -> None:
    before = snapshot()
    drop_alias(two)
    channel_path(bentoml_home(), two).unlink()
    texts = [problem.found for problem in problems(two)]
    assert texts == [
        "MLflow has nothing in production, the ledger version 2",
        "the channel has nothing in production, the ledger version 2",
    ]
    assert len(repair(two, "doc")) == 2
    assert snapshot() == before


def test_a_damaged_channel_is_mended(two: str) -> None:
    before, count = snapshot(), len(read_ledger(two))
    path = channel_path(bentoml_home(), two)
    path.write_bytes(b"{}")
    (found,) = problems(two)
    assert "the channel of two is damaged" in found.found
    assert found.fix.startswith("python run.py doctor --fix")
    assert repair(two, "doc") == [f"set back, since {found.found}"]
    assert snapshot() == before
    assert path.with_name("two.json.damaged").read_bytes() == b"{}"
    assert len(read_ledger(two)) == count, "a channel is this machine's alone"


def test_a_release_over_a_damaged_channel(source: Source) -> None:
    source.release("scratched")
    channel_path(bentoml_home(), "scratched").write_bytes(b"{}")
    champion = load_champion("scratched")
    assert champion is not None
    assert not champion.is_whole
    source.release("scratched")
    assert observed("scratched").channel == Standing(production="2")


def test_a_model_older_than_its_ledger_is_written_into_one(source: Source) -> None:
    source.release("elder")
    client = mlflow()
    experiment = client.get_experiment_by_name(experiment_name("elder"))
    assert experiment is not None
    client.rename_experiment(experiment.experiment_id, "elder_before")
    Client().delete_artifact("ledger-elder")
    before = snapshot()
    (found,) = problems("elder")
    assert found.found == "version 1 is in production and in no ledger"
    with pytest.raises(LedgerError, match="doctor --fix"):
        source.release("elder")
    repair("elder", "doc")
    assert snapshot() == before
    *_, entry = read_ledger("elder")
    assert (entry.action, entry.version, entry.details[OUTCOME]) == ("repair", "1", FINISHED)
    assert problems("elder") == []
    assert source.release("elder").version == "2"
