"""A change that is killed anywhere is reported, then finished or undone, wholly."""

from typing import Any

import pytest
from zenml.client import Client

from adapters import repair as repairing
from adapters.bento import delete_bento
from adapters.ledger import check_ledger, read_ledger
from adapters.repair import problems, repair
from adapters.restore import bento_is_whole
from adapters.standing import observed
from adapters.transaction import change, take_over
from adapters.versions import ReleasedVersion, require_version
from core.errors import LedgerError
from core.governance.ledger import Draft, Entry, Standing
from core.governance.state import FINISHED, OUTCOME, UNDONE, state_of
from core.governance.transitions import check_transitions
from tests.adapters import changes
from tests.adapters.changes import Source, killed, processes
from tests.gatehouse import run_cli, snapshot

pytestmark = pytest.mark.integration

# In the order of a release; what has no whole version yet is undone.
PREPARING = {
    "intent, and MLflow not told": "before adapters.ledger:witness",
    "intent": "after adapters.transaction:append",
    "ZenML's name": "after zenml.client:Client.create_model",
    "half a version": "after adapters.registry:link_artifact_version_to_model_version",
    "version": "after adapters.release:create_version",
    "MLflow's name": "after mlflow:MlflowClient.create_registered_model",
    "MLflow version": "after adapters.release:register_in_mlflow",
    "half a model": "before adapters.bento:golden_digest",
    "model": "after adapters.release:store_model",
    "half a Bento": "before shutil:copytree",
    "half a card": "after mlflow:MlflowClient.log_text",
    "card": "after adapters.release:attach_card",
    "Bento": "after adapters.release:build_bento",
}
SWITCHING = {
    "metadata": "after adapters.release:annotate",
    "stage": "after adapters.standing:_stage",
    "alias": "after adapters.standing:_point",
    "channel": "after adapters.standing:update_channel",
    "completion, and MLflow not told": "before adapters.ledger:witness 2",
}
COMPLETE = "completion, and MLflow not told"


@pytest.fixture(scope="module")
def over(source: Source) -> str:
    """A model that is in production."""
    source.release("over")
    return "over"


def standing(name: str) -> Standing:
    return state_of(read_ledger(name)).standing


def require_settled(name: str, expected: Standing) -> None:
    """All places, and the ledger, agree on a standing whose every part is whole."""
    entries, findings = check_ledger(name)
    assert not findings
    # A killed writer's last entry gets its witness late.
    assert {finding.kind for finding in check_transitions(entries)} <= {"late"}
    assert state_of(entries).open_intent is None
    assert standing(name) == expected
    found = observed(name)
    assert (found.zenml, found.mlflow, found.channel) == (expected, expected, expected)
    for number in filter(None, (expected.production, expected.challenger)):
        version = require_version(name, number)
        assert bento_is_whole(version)
        assert all(version.found.get_artifact(name) for name in (*changes.INPUTS, "model_card"))


def mend(name: str) -> Entry:
    """Repair twice; the second time there is nothing to do."""
    assert repair(name, "doc")
    after, count = snapshot(), len(read_ledger(name))
    assert repair(name, "doc") == []
    assert problems(name) == []
    assert (snapshot(), len(read_ledger(name))) == (after, count)
    return read_ledger(name)[-1]


def require_undone(name: str, before: dict[str, Any], held: Standing, by: str = "ann") -> None:
    (found,) = [p for p in problems(name) if "cut short" in p.found]
    assert "a promotion begun" in found.found
    assert f"by {by}" in found.found
    assert "(undoes it" in found.fix
    ended = mend(name)
    assert (ended.action, ended.by, ended.details) == ("repair", "doc", {OUTCOME: UNDONE})
    assert snapshot() == before
    require_settled(name, held)


def require_finished(name: str, expected: Standing) -> None:
    (found,) = [p for p in problems(name) if "cut short" in p.found]
    assert "(finishes it" in found.fix
    ended = mend(name)
    assert (ended.action, ended.details[OUTCOME]) == ("repair", FINISHED)
    assert (ended.version, ended.after) == (expected.production, expected)
    require_settled(name, expected)


@pytest.mark.parametrize("where", PREPARING)
def test_a_first_release_that_was_killed_is_undone(source: Source, where: str) -> None:
    name = f"first_{[*PREPARING].index(where)}"
    before = snapshot()
    killed(changes.promote, source, name, PREPARING[where])
    require_undone(name, before, Standing())


@pytest.mark.parametrize("where", SWITCHING)
def test_a_first_release_that_was_killed_is_finished(source: Source, where: str) -> None:
    name = f"switched_{[*SWITCHING].index(where)}"
    killed(changes.promote, source, name, SWITCHING[where])
    if where == COMPLETE:
        assert [p.mendable for p in problems(name)] == [True]
        mend(name)
        require_settled(name, Standing(production="1"))
    else:
        require_finished(name, Standing(production="1"))


@pytest.mark.parametrize("where", ["intent", "half a version", "MLflow version", "Bento"])
def test_a_release_over_another_that_was_killed_is_undone(
    source: Source, over: str, where: str
) -> None:
    held, before = standing(over), snapshot()
    killed(changes.promote, source, over, PREPARING[where])
    with pytest.raises(LedgerError) as refused:
        source.release(over)
    assert "was cut short; mend it: run.py doctor --fix" in str(refused.value)
    require_undone(over, before, held)


@pytest.mark.parametrize("where", [key for key in SWITCHING if key != COMPLETE])
def test_a_release_over_another_that_was_killed_is_finished(
    source: Source, over: str, where: str
) -> None:
    held = standing(over).production
    killed(changes.promote, source, over, SWITCHING[where])
    expected = str(int(str(held)) + 1)
    require_finished(over, Standing(production=expected))
    former = Client().get_model_version(over, int(str(held)))
    assert former.stage == "archived"


@pytest.mark.parametrize("where", ["intent", "stage", "alias", "channel"])
def test_a_rollback_that_was_killed_is_finished(source: Source, where: str) -> None:
    name = "back"
    source.release(name)
    source.release(name)
    target = str(changes.plan_rollback(name).target.version)
    killed(changes.go_back, source, name, (PREPARING | SWITCHING)[where])
    require_finished(name, Standing(production=target))


@pytest.mark.parametrize("where", ["intent", "stage", "channel"])
def test_a_withdrawal_that_was_killed_is_finished(source: Source, over: str, where: str) -> None:
    held = standing(over)
    source.release(over, "challenger")
    killed(changes.withdraw, source, over, (PREPARING | SWITCHING)[where])
    mend(over)
    require_settled(over, held)


def test_a_challenge_that_was_killed_is_finished(source: Source, over: str) -> None:
    held = standing(over)
    killed(changes.challenge, source, over, SWITCHING["stage"])
    mend(over)
    rival = standing(over).challenger
    assert rival is not None
    require_settled(over, Standing(production=held.production, challenger=rival))
    source.release(over)
    assert standing(over).challenger is None


def test_a_repair_that_was_killed_is_repaired(source: Source, over: str) -> None:
    before, held = snapshot(), standing(over)
    killed(changes.promote, source, over, PREPARING["Bento"])
    killed(changes.mend, source, over, "before adapters.prepared:delete_versions")
    require_undone(over, before, held, by="doc")
    killed(changes.promote, source, over, SWITCHING["stage"])
    killed(changes.mend, source, over, SWITCHING["alias"])
    require_finished(over, Standing(production=str(int(str(held.production)) + 1)))


def test_the_doctor_mends_from_the_command_line(source: Source) -> None:
    killed(changes.promote, source, "patient", PREPARING["Bento"])
    sick = run_cli("doctor", "--json")
    assert sick.code == 1
    (found,) = [check for check in sick.json["checks"] if check["name"] == "patient"]
    assert not found["ok"]
    assert found["fix"].startswith("python run.py doctor --fix (undoes it")
    cured = run_cli("doctor", "--fix", "--by", "doc", "--json").json
    (done,) = [line for line in cured["mended"] if line.startswith("patient: ")]
    assert done.startswith("patient: undid a promotion begun")
    assert "patient" not in {check["name"] for check in cured["checks"]}
    require_settled("patient", Standing())
    assert not any(
        "patient" in line for line in run_cli("doctor", "--fix", "--json").json["mended"]
    )


def test_a_living_process_is_left_alone(source: Source, over: str) -> None:
    held, reached, go = standing(over), processes.Event(), processes.Event()
    process = processes.Process(target=changes.promote_slowly, args=(source, over, reached, go))
    process.start()
    assert reached.wait(60)
    (found,) = problems(over)
    assert "is under way" in found.found
    assert not found.mendable
    assert repair(over, "doc") == []
    with pytest.raises(LedgerError) as refused:
        source.release(over)
    assert "is not finished; wait for it" in str(refused.value)
    go.set()
    process.join(60)
    assert process.exitcode == 0
    require_settled(over, Standing(production=str(int(str(held.production)) + 1)))


def test_who_was_taken_for_dead_changes_nothing(source: Source) -> None:
    held = Standing(production=source.release("taken").version)
    source.release("taken", "challenger")
    before, count = snapshot(), len(read_ledger("taken"))
    both = Standing(production="1", challenger="2")
    intent = Draft(
        action="intent", purpose="rollback", by="ann", reason="slow", before=both, after=both
    )

    def outlive() -> None:
        with change("taken", intent) as begun:
            # A process does not wait for itself, so this is as after a long silence.
            repair("taken", "doc")
            begun.switch(held)

    with pytest.raises(LedgerError, match="took this process for dead"):
        outlive()
    assert snapshot() == before
    written = [entry.action for entry in read_ledger("taken")[count:]]
    assert written == ["intent", "intent", "repair"]
    require_settled("taken", both)


def test_a_rollback_while_the_doctor_packs_stays(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor found version 2 in production, and a rollback is done before it goes on."""
    source.release("quick")
    source.release("quick")
    delete_bento(require_version("quick", "2").bento)
    Client().get_model_version("quick", 2).set_stage("archived", force=True)
    restore_bento, calls = repairing.restore_bento, []

    def overtaken(version: ReleasedVersion) -> None:
        restore_bento(version)
        # What refuses the rollback goes away by another hand.
        Client().get_model_version("quick", 2).set_stage("production", force=True)
        changes.go_back(source, "quick")
        calls.append(version.number)

    monkeypatch.setattr(repairing, "restore_bento", overtaken)
    repair("quick", "doc")
    assert calls == ["2"]
    require_settled("quick", Standing(production="1"))
    assert read_ledger("quick")[-1].action == "rollback"


def test_a_rollback_before_the_intent_of_a_repair_stays(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor has decided to set back to version 2; version 1 is in production by then."""
    source.release("late")
    source.release("late")
    Client().get_model_version("late", 2).set_stage("archived", force=True)
    original = repairing.change

    def overtaken(name: str, intent: Draft) -> Any:
        Client().get_model_version("late", 2).set_stage("production", force=True)
        changes.go_back(source, "late")
        return original(name, intent)

    monkeypatch.setattr(repairing, "change", overtaken)
    with pytest.raises(LedgerError, match="another change came first"):
        repair("late", "doc")
    require_settled("late", Standing(production="1"))


def test_of_two_doctors_one_ends_a_change(source: Source, over: str) -> None:
    """The other one is of another machine: it does not know of this one's lock."""
    held, count = standing(over), len(read_ledger(over))
    killed(changes.promote, source, over, SWITCHING["stage"])
    reached, go = processes.Event(), processes.Event()
    other = processes.Process(target=changes.mend_slowly, args=(source, over, reached, go))
    other.start()
    assert reached.wait(60)
    stale = read_ledger(over)[count]
    with pytest.raises(LedgerError, match="took this process for dead"):
        take_over(over, stale, "late")
    (found,) = problems(over)
    assert "is under way" in found.found
    go.set()
    other.join(60)
    assert other.exitcode == 0
    require_settled(over, Standing(production=str(int(str(held.production)) + 1)))
    ends = [entry.action for entry in read_ledger(over)[count:]]
    assert ends == ["intent", "intent", "repair"]


def test_a_change_of_another_machine_is_ended_when_told(
    source: Source, over: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, held = snapshot(), standing(over)
    killed(changes.promote, source, over, PREPARING["version"])
    # As seen from another container of the same host.
    monkeypatch.setattr("adapters.intents._place", lambda: "another")
    with pytest.raises(LedgerError, match=r"dead in 15 min, .* run.py doctor --fix --abandoned"):
        source.release(over)
    assert run_cli("doctor", "--fix").code == 1
    assert standing(over) == held
    cured = run_cli("doctor", "--fix", "--abandoned", "--by", "doc", "--json")
    lines = [line for line in cured.json["mended"] if line.startswith(f"{over}: ")]
    assert "for dead, as told by --abandoned" in lines[0]
    assert "as told by --abandoned" in read_ledger(over)[-1].reason
    assert snapshot() == before
    require_settled(over, held)


def test_abandoned_says_what_fix_may_do() -> None:
    assert run_cli("doctor", "--abandoned").code == 2


def test_of_two_promotions_at_once_one_wins(source: Source, over: str) -> None:
    held, count = standing(over), len(read_ledger(over))
    together, said = processes.Barrier(2), processes.Queue()
    rivals = [
        processes.Process(target=changes.promote_together, args=(source, over, together, said))
        for _ in range(2)
    ]
    for rival in rivals:
        rival.start()
    answers = sorted(said.get(timeout=120) for _ in rivals)
    for rival in rivals:
        rival.join(60)
    assert answers[1] == "won"
    assert any(
        words in answers[0]
        for words in ("is not finished; wait for it", "went into production while the gate")
    ), answers[0]
    require_settled(over, Standing(production=str(int(str(held.production)) + 1)))
    assert len(read_ledger(over)) == count + 2
