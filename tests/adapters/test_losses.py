"""Versions deleted by hand in a registry: what doctor says is typed, and always leads on."""

import pytest
from mlflow import MlflowClient
from zenml.client import Client

from adapters.components import model_registry
from adapters.ledger import check_ledger, read_ledger
from adapters.policy import Judged, enforce
from adapters.repair import problems, repair
from adapters.standing import observed
from adapters.transaction import change
from adapters.versions import require_version
from core.config.monitoring import RollbackPolicy
from core.errors import ReleaseError
from core.governance.ledger import Draft, Standing
from core.governance.state import state_of
from tests.adapters.changes import Source, withdraw
from tests.gatehouse import Completed, run_cli

pytestmark = pytest.mark.integration


def released(source: Source, name: str, *targets: str) -> None:
    for target in targets:
        source.release(name, target)


def lose(name: str, number: str) -> None:
    client = Client()
    client.delete_model_version(client.get_model_version(name, int(number)).id)


def lose_in_mlflow(name: str, number: str) -> None:
    client: MlflowClient = model_registry().mlflow_client
    client.delete_model_version(name, require_version(name, number).mlflow_version)


def typed(command: str) -> Completed:
    """Type a command as doctor or an error names it, with a reason."""
    words = command.removeprefix("python ").removeprefix("run.py ").split()
    words = ["a test" if word == "TEXT" else word for word in words]
    return run_cli(*words, *["--yes"] * (words[0] == "rollback"))


def require_standing(name: str, expected: Standing) -> None:
    entries, findings = check_ledger(name)
    assert not findings
    state, found = state_of(entries), observed(name)
    assert state.open_intent is None
    assert (state.standing, found.zenml, found.mlflow, found.channel) == (expected,) * 4
    assert problems(name) == []


def test_a_lost_production_version_is_replaced_by_a_rollback(source: Source) -> None:
    released(source, "deleted", "production", "production")
    lose("deleted", "2")
    (found,) = problems("deleted")
    assert found.found == "version 2 (production) is lost in ZenML"
    refused = run_cli("doctor", "--fix", "--json")
    (failed,) = [c for c in refused.json["checks"] if c["found"].startswith("not mended")
                 and c["name"] == "deleted"]  # fmt: skip
    assert failed["fix"] == "python run.py rollback deleted --to 1 --reason TEXT"
    with pytest.raises(ReleaseError, match=r"lost in ZenML; first go back: run.py rollback del"):
        source.release("deleted", expected=None)
    done = typed(failed["fix"])
    assert done.code == 0, done.err
    require_standing("deleted", Standing(production="1"))
    source.release("deleted")
    require_standing("deleted", Standing(production="3"))


def test_with_nothing_to_go_back_to_nobody_is_in_production(source: Source) -> None:
    released(source, "only", "production")
    lose("only", "1")
    (found,) = problems("only")
    assert found.fix.startswith("python run.py doctor --fix")
    assert any("took version 1 (production)" in line for line in repair("only", "doc"))
    require_standing("only", Standing())
    assert repair("only", "doc") == []
    assert source.release("only").version == "2"
    require_standing("only", Standing(production="2"))


def test_what_is_lost_and_moved_at_once(source: Source) -> None:
    """The rollback is refused for the stray challenger; the doctor sets that back first."""
    released(source, "both", "production", "production", "challenger")
    lose("both", "2")
    Client().get_model_version("both", 3).set_stage("archived", force=True)
    first = typed("rollback both --reason TEXT")
    assert "ZenML has nothing as challenger, the ledger version 3" in first.error
    with pytest.raises(ReleaseError, match="rollback both --to 1"):
        repair("both", "doc")
    assert typed("rollback both --to 1 --reason TEXT").code == 0
    require_standing("both", Standing(production="1", challenger="3"))


@pytest.mark.parametrize("way", ["doctor", "withdrawal", "promotion", "rollback"])
def test_a_lost_challenger_is_in_nobodys_way(source: Source, way: str) -> None:
    name = f"rival_{way}"
    released(source, name, "production", "production", "challenger")
    lose(name, "3")
    expected = Standing(production="2")
    if way == "doctor":
        assert any("took version 3 (challenger)" in line for line in repair(name, "doc"))
    elif way == "withdrawal":
        withdraw(source, name)
    elif way == "promotion":
        expected = Standing(production=source.release(name).version)
    else:
        assert typed(f"rollback {name} --reason TEXT").code == 0
        repair(name, "doc")
        expected = Standing(production="1")
    require_standing(name, expected)


def test_a_change_over_a_lost_version_is_undone(source: Source) -> None:
    released(source, "fails", "production", "production", "challenger")
    lose("fails", "2")
    before = Standing(production="2", challenger="3")
    intent = Draft(action="intent", purpose="rollback", by="ann", reason="slow", before=before)

    def fail() -> None:
        with change("fails", intent) as begun:
            begun.switch(Standing(production="1", challenger="3"))
            raise RuntimeError("after the switch")

    with pytest.raises(RuntimeError, match="after the switch"):
        fail()
    assert read_ledger("fails")[-1].action == "abort"
    assert observed("fails").zenml == Standing(challenger="3")
    assert typed("rollback fails --reason TEXT").code == 0
    require_standing("fails", Standing(production="1", challenger="3"))


def test_a_version_lost_in_mlflow_is_registered_again(source: Source) -> None:
    released(source, "again", "production")
    client: MlflowClient = model_registry().mlflow_client
    former = client.get_model_version("again", require_version("again", "1").mlflow_version)
    client.delete_registered_model("again")
    assert "version 1 (production) is lost in MLflow" in [p.found for p in problems("again")]
    assert any("registered version 1 in MLflow again" in line for line in repair("again", "doc"))
    require_standing("again", Standing(production="1"))
    made = client.get_model_version("again", require_version("again", "1").mlflow_version)
    for field in ("source", "run_id", "tags", "description"):
        assert getattr(made, field) == getattr(former, field)
    assert repair("again", "doc") == []


def test_a_rollback_to_a_version_lost_in_mlflow(source: Source) -> None:
    released(source, "returns", "production", "production")
    lose_in_mlflow("returns", "1")
    assert typed("rollback returns --reason TEXT").code == 0
    require_standing("returns", Standing(production="1"))


def test_one_bad_model_does_not_stop_the_doctor(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(source, "faulty", "production", "production")
    released(source, "good", "production")
    lose_in_mlflow("faulty", "2")
    Client().get_model_version("good", 1).set_stage("archived", force=True)

    def lost(*_: object) -> None:
        raise ReleaseError("the tracker has lost the model")

    with monkeypatch.context() as patch:
        patch.setattr("adapters.restore.register_in_mlflow", lost)
        said = run_cli("doctor", "--fix", "--json").json
    assert all(check["ok"] or check["fix"] for check in said["checks"])
    (failed,) = [c for c in said["checks"] if c["found"].startswith("not mended")]
    assert (failed["name"], failed["fix"]) == (
        "faulty", "go back or release anew: python run.py rollback faulty --reason TEXT"
    )  # fmt: skip
    assert any(line.startswith("good: set back") for line in said["mended"])
    assert typed("rollback faulty --reason TEXT").code == 0
    require_standing("faulty", Standing(production="1"))


def test_the_policy_says_what_it_could_not_do(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise ReleaseError("the ledger is damaged")

    monkeypatch.setattr("adapters.policy.read_ledger", damaged)
    judged = Judged(version="1", severity="high", batch="none.csv", state="0")
    outcome = enforce("any", RollbackPolicy(severity="high"), judged, "run")
    assert outcome.failed
    assert outcome.problem == "nothing is judged: the ledger is damaged"
