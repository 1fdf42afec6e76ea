"""People at the gate, with ZenML's real wait and resume."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from zenml.client import Client
from zenml.enums import ExecutionStatus

from adapters import approvals, candidates
from adapters.ledger import read_ledger
from tests.cli.people import held, killed, on_terminal, together
from tests.cli.screen import Screen
from tests.cli.votes import ANN, BOB, actions, decide, refused, state, submit
from tests.gatehouse import Completed, Trained, job, run_cli, snapshot, train

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("stack")]


def test_a_candidate_waits_and_is_approved(tmp_path: Path) -> None:
    before = snapshot()
    waiting = submit(tmp_path, "wait_approve")
    assert snapshot() == before
    run = waiting["run_id"]
    assert (waiting["status"], waiting["version"], waiting["bento"]) == ("waiting", None, None)
    assert waiting["reasons"] == ["no model is in production", "waits for 1 more approval"]
    assert waiting["commands"].keys() == {"case", "approve", "reject", "cancel"}
    assert state(run) == ExecutionStatus.PAUSED

    (pending,) = run_cli("status", "wait_approve", "--json").json["pending"]
    assert (pending["run_id"], pending["missing"]) == (run, 1)
    assert "wait_approve: words of starter" in run_cli("status").out

    shown = run_cli("case", "wait_approve")
    assert shown.code == 0, shown.err
    for words in ("synthetic headlines", "class=Sports", "95% interval", "parity", "approve"):
        assert words in shown.out

    assert "give 8 or more digits of its id" in refused("approve", run[:7], *ANN)
    approved = decide("approve", "wait_approve", *ANN, code=0)
    assert approved.keys() == waiting.keys() - {"commands"}
    assert (approved["status"], approved["version"]) == ("promoted", "1")
    assert approved["reasons"][-1] == "approved by ann: fewer errors"
    assert state(run) == ExecutionStatus.COMPLETED
    written = [action for action, _ in actions("wait_approve")]
    assert written == ["submission", "approval", "intent", "promotion"]
    assert (
        read_ledger("wait_approve")[1].model_sha256 == read_ledger("wait_approve")[0].model_sha256
    )

    assert decide("approve", run, *ANN, code=0)["version"] == "1"
    assert "settled: approved by ann" in refused("approve", run, *BOB)
    assert "no candidate of wait_approve waits" in refused("approve", "wait_approve", *ANN)
    assert len(read_ledger("wait_approve")) == 4
    assert run_cli("case", run[:12], "--json").json["settlement"]["outcome"] == "approved"


@pytest.mark.parametrize(
    ("act", "code", "status", "ends"),
    [("reject", 5, "rejected", "completed"), ("cancel", 7, "cancelled", "stopped")],
)
def test_a_no_leaves_everything_as_it_was(
    tmp_path: Path, act: str, code: int, status: str, ends: str
) -> None:
    run = submit(tmp_path, f"wait_{act}")["run_id"]
    before = snapshot()
    ended = decide(act, run[:8], *BOB, code=code)
    assert snapshot() == before
    assert (ended["status"], ended["version"]) == (status, None)
    assert ended["reasons"][-1] == f"{status} by bob: worse on sport"
    assert state(run) == ExecutionStatus(ends)
    assert f"settled: {status} by bob" in refused("approve", run, *ANN)
    assert len(actions(f"wait_{act}")) == 2
    assert run not in [row["run_id"] for row in run_cli("status", "--json").json["pending"]]


@pytest.mark.parametrize(
    "words",
    [
        ["--by", "ann"],
        ["--reason", "x"],
        ["--by", "a", "--reason", " "],
        ["--by", "a\u200b", "--reason", "x"],
        ["--by", "Policy", "--reason", "x"],
        ["--by", "a", "--reason", "\x1b[2J"],
    ],
)
def test_a_decision_needs_a_name_and_a_reason(words: list[str]) -> None:
    for act in ("approve", "reject", "cancel"):
        completed = run_cli(act, "any", *words)
        assert completed.code == 2
        assert "--by" in completed.error or "--reason" in completed.error


def test_a_candidate_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = submit(tmp_path, "wait_expire", expires_hours=1)["run_id"]
    before = snapshot()
    later = datetime.now(UTC) + timedelta(minutes=61)
    with monkeypatch.context() as patch:
        for module in (approvals, candidates):
            patch.setattr(module, "now", lambda: later)
        (pending,) = run_cli("status", "wait_expire", "--json").json["pending"]
        assert pending["outcome"] == "expired"
        assert pending["note"].startswith("nobody can decide on it any more")
        ended = decide("approve", "wait_expire", *ANN, code=8)
    assert snapshot() == before
    assert ended["status"] == "expired"
    assert actions("wait_expire") == [("submission", "starter"), ("expiry", "policy")]
    assert state(run) == ExecutionStatus.STOPPED
    assert decide("reject", run, *BOB, code=8)["status"] == "expired"
    assert len(actions("wait_expire")) == 2


def test_a_candidate_that_expired_before_anybody_looked(tmp_path: Path) -> None:
    promotion = {"approval": "required", "approvers": {"expires_hours": 1e-9}}
    ended = train(job(tmp_path, "expired_early", promotion=promotion), code=8)
    assert ended["status"] == "expired"
    assert [action for action, _ in actions("expired_early")] == ["submission", "expiry"]


def test_two_people_other_than_the_starter(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_two", count=2, not_starter=True)["run_id"]
    assert "not_starter" in refused("approve", run, "--by", "Starter", "--reason", "mine")
    first = decide("approve", run, *ANN, code=4)
    assert (first["status"], first["reasons"][-1]) == ("waiting", "waits for 1 more approval")
    assert decide("approve", run, *ANN, code=4)["status"] == "waiting"
    assert "voted already" in refused("reject", run, "--by", "ANN", "--reason", "changed my mind")
    second = decide("approve", run, *BOB, code=0)
    assert second["reasons"][-1] == "approved by ann, bob: worse on sport"
    written = [("submission", "starter"), ("approval", "ann"), ("approval", "bob")]
    assert actions("wait_two")[:3] == written


def test_of_two_at_once_one_wins(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_race")["run_id"]
    codes = together("adapters.approvals:append", [("approve", run, *ANN), ("reject", run, *BOB)])
    assert sorted(map(str, codes)) in (["0", "1"], ["1", "5"])
    votes = [action for action, _ in actions("wait_race") if action in ("approval", "rejection")]
    assert votes == (["approval"] if 0 in codes else ["rejection"])
    assert state(run) == ExecutionStatus.COMPLETED


def test_the_last_two_of_three_at_once(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_three", count=3)["run_id"]
    decide("approve", run, *ANN, code=4)
    carl = ("--by", "carl", "--reason", "fine")
    codes = together("adapters.approvals:append", [("approve", run, *BOB), ("approve", run, *carl)])
    assert sorted(map(str, codes)) in (["0", "0"], ["0", "4"])
    written = [action for action, _ in actions("wait_three")]
    assert written == ["submission", *["approval"] * 3, "intent", "promotion"]


@pytest.mark.parametrize(
    "place",
    [
        "adapters.resumption:_alone",
        "adapters.resumption:_take_up",
        "pipelines.gate:Candidate",
        "steps.release:release_model",
    ],
)
def test_a_command_that_was_killed_is_typed_again(tmp_path: Path, place: str) -> None:
    model = "wait_killed_" + place.rpartition(":")[2].strip("_").lower()
    run = submit(tmp_path, model)["run_id"]
    before = snapshot()
    killed(place, ("approve", run, *ANN))
    assert snapshot() == before
    assert actions(model)[1:] == [("approval", "ann")]
    again = run_cli("approve", run, *ANN, "--json")
    assert again.code == 0, again.err
    assert "recorded already" in again.err
    assert again.json["status"] == "promoted"
    written = [action for action, _ in actions(model)]
    assert written == ["submission", "approval", "intent", "promotion"]
    found = Client().get_pipeline_run(run)
    assert found.status == ExecutionStatus.COMPLETED
    assert all(step.status.is_finished for step in found.steps.values())


def test_a_release_that_failed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(tmp_path, "wait_failed")["run_id"]
    with monkeypatch.context() as patch:
        patch.setattr("adapters.bento.LOCK", Path("requirements/absent"))
        refused("approve", run, *ANN)
    assert state(run) == ExecutionStatus.FAILED
    assert decide("approve", run, *ANN, code=0)["version"] is not None
    assert state(run) == ExecutionStatus.COMPLETED
    written = [action for action, _ in actions("wait_failed")]
    assert written == ["submission", "approval", "intent", "abort", "intent", "promotion"]


def test_production_that_changed_while_the_run_waited(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_stale")["run_id"]
    first = train(job(tmp_path, "wait_stale"))
    before = snapshot()
    note = "stale: version 1 is in production now, the comparison was with nothing"
    assert note in run_cli("case", run).out
    assert note in run_cli("status", "wait_stale").out
    entries = read_ledger("wait_stale")
    assert f"and close this: run.py cancel {run}" in refused("approve", run, *ANN)
    assert read_ledger("wait_stale") == entries
    assert state(run) == ExecutionStatus.PAUSED
    (pending,) = run_cli("status", "wait_stale", "--json").json["pending"]
    assert pending["commands"].keys() == {"case", "reject", "cancel"}
    rejected = decide("reject", run, *BOB, code=5)
    assert (rejected["version"], rejected["bento"]) == ("1", first["bento"])
    assert "version 1 stays in production" in run_cli("reject", run, *BOB).out
    assert snapshot() == before


def test_what_was_approved_and_can_not_be_released_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = submit(tmp_path, "wait_stuck")["run_id"]
    with monkeypatch.context() as patch:
        patch.setattr("adapters.bento.LOCK", Path("requirements/absent"))
        refused("approve", run, *ANN)
    (pending,) = run_cli("status", "wait_stuck", "--json").json["pending"]
    assert pending["note"].startswith("approved and not released")
    assert pending["commands"].keys() == {"case", "approve", "cancel"}
    assert pending["commands"]["approve"].endswith("--by ann --reason 'fewer errors'")
    train(job(tmp_path, "wait_stuck"))
    assert "stale: version 1 is in production now" in refused("approve", run, *ANN)
    assert decide("cancel", run, *BOB, code=7)["reasons"][-1] == "cancelled by bob: worse on sport"
    assert run_cli("status", "wait_stuck", "--json").json["pending"] == []


def test_nobody_votes_where_nobody_is_asked(trained: Trained, tmp_path: Path) -> None:
    blocked = train(
        trained.config, "--set", "promotion.rules=[{metric: ece, op: <, value: 0}]", code=3
    )
    entries = read_ledger("shared")
    for run, words in (
        (trained.outcome["run_id"], "promotion.approval is auto"),
        (blocked["run_id"], "the gate said blocked"),
    ):
        for act in ("approve", "reject", "cancel"):
            assert words in refused(act, run, *ANN)
    assert read_ledger("shared") == entries


def test_a_vote_while_a_release_is_under_way(tmp_path: Path) -> None:
    config = job(tmp_path, "under_way")
    finish = held("adapters.release:_prepare", ("train", "--config", config))
    run = read_ledger("under_way")[0].run
    assert run is not None
    for act in ("approve", "reject", "cancel"):
        assert "nobody is asked" in refused(act, run, *BOB)
    assert finish() == 0
    written = [action for action, _ in actions("under_way")]
    assert written == ["submission", "intent", "promotion"]
    assert [
        step for step in Client().get_pipeline_run(run).steps if step.startswith("release")
    ] == ["release"]


def test_a_run_that_was_killed_while_it_submitted(tmp_path: Path) -> None:
    promotion = {"rules": [{"metric": "accuracy", "value": 1.01}]}
    config = job(tmp_path, "wait_cut", promotion=promotion)
    killed("steps.submit:read_ledger", ("train", "--config", config))
    submission, block = read_ledger("wait_cut")
    assert (submission.details["decision"], block.action) == ("blocked", "block")
    for command in (("case", submission.run), ("reject", submission.run, *BOB)):
        completed = run_cli(*command)
        assert completed.code == 1
        assert "ended before its case was made" in completed.error


def test_a_source_that_is_gone_when_people_have_decided(tmp_path: Path) -> None:
    from core.data.headlines import generate_headlines

    rows = tmp_path / "rows.csv"
    generate_headlines(600, seed=3).to_pandas().to_csv(rows, index=False)
    data = {"source": {"kind": "file", "path": str(rows)}}
    promotion = {"approval": "required"}
    config = job(tmp_path, "wait_source", data=data, promotion=promotion)
    run = train(config, code=4)["run_id"]
    rows.unlink()
    assert decide("approve", run, *ANN, code=0)["status"] == "promoted"


def ask(tmp_path: Path, name: str, *typed: tuple[str, str]) -> tuple[int | None, str]:
    config = job(tmp_path, name, promotion={"approval": "required"})

    def sit_there(screen: Screen) -> None:
        for words, answer in typed:
            screen.wait_for(words)
            screen.type(answer)
        screen.finish()

    return on_terminal(("train", "--config", config, "--by", "starter"), sit_there)


def test_asked_on_the_terminal(tmp_path: Path) -> None:
    code, screen = ask(
        tmp_path,
        "ask_approve",
        ("approve, reject, cancel or later?", "aprove\n"),
        ("approve, reject, cancel or later?", "approve\n"),
        ("your name:", "ann\n"),
        ("reason:", "\n"),
        ("reason:", "fewer errors\n"),
    )
    assert code == 0, screen
    assert "PROMOTED ask_approve" in screen
    assert actions("ask_approve")[1] == ("approval", "ann")


@pytest.mark.parametrize("key", ["later\n", "\x04", "\x03"], ids=["later", "Ctrl-D", "Ctrl-C"])
def test_left_for_later_on_the_terminal(tmp_path: Path, key: str) -> None:
    model = f"ask_later_{ord(key[0])}"
    code, screen = ask(tmp_path, model, ("approve, reject, cancel or later?", key))
    assert code == 4, screen
    assert f"WAITING {model}" in screen
    run = run_cli("status", model, "--json").json["pending"][0]["run_id"]
    assert state(run) == ExecutionStatus.PAUSED
    assert actions(model) == [("submission", "starter")]


def test_words_that_name_no_candidate(tmp_path: Path) -> None:
    for words in ("nobody", "0", "a", "00000000-0000-0000-0000-000000000000", ""):
        completed: Completed = run_cli("case", words)
        assert completed.code == 1
        assert "run.py status" in completed.error
