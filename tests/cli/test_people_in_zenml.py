"""Answers, stops and deletions in ZenML itself, which tells nobody."""

import json
from pathlib import Path

import pytest
from zenml.client import Client
from zenml.enums import ExecutionStatus

from adapters.ledger import read_ledger
from tests.cli.votes import ANN, BOB, actions, decide, refused, state, submit
from tests.gatehouse import run_cli

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("stack")]


def zenml(*arguments: str) -> None:
    """ZenML's own command line."""
    from zenml.cli import cli

    cli.main(list(arguments), standalone_mode=False)


def answer(run: str, by: str, reason: str = "as a user of ZenML", resume: bool = True) -> None:
    """Answer the wait in ZenML; let the run go on too."""
    condition = Client().get_pipeline_run(run).active_wait_condition
    assert condition is not None
    result = json.dumps({"approved": True, "by": by, "reason": reason})
    resolve = ["pipeline", "runs", "wait-conditions", "resolve", str(condition.id)]
    zenml(*resolve, "--resolution", "continue", "--result", result)
    if resume:
        zenml("pipeline", "runs", "resume", run)


def test_answers_given_in_zenml(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_zenml", count=2, not_starter=True)["run_id"]
    answer(run, by="starter")
    assert state(run) == ExecutionStatus.PAUSED
    assert actions("wait_zenml") == [("submission", "starter")]
    answer(run, by="bob")
    assert state(run) == ExecutionStatus.PAUSED
    assert actions("wait_zenml")[1:] == [("approval", "bob")]
    answer(run, by="carl", resume=False)
    assert "approved by bob, carl" in refused("approve", run, *ANN)
    assert state(run) == ExecutionStatus.COMPLETED
    entries = read_ledger("wait_zenml")
    assert [entry.reason for entry in entries[1:3]] == ["as a user of ZenML"] * 2
    assert entries[-1].action == "promotion"


def test_zenml_refuses_an_answer_without_a_reason(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_blank")["run_id"]
    for words in ({"reason": " "}, {"by": "bob\u200b"}, {"reason": "\x1b[2J"}):
        with pytest.raises(Exception, match="does not match"):
            answer(run, **{"by": "bob", "reason": "fine"} | words)
    assert state(run) == ExecutionStatus.PAUSED
    decide("cancel", run, *BOB, code=7)


def test_a_run_that_zenml_stopped(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_aborted")["run_id"]
    condition = Client().get_pipeline_run(run).active_wait_condition
    assert condition is not None
    resolve = ["pipeline", "runs", "wait-conditions", "resolve", str(condition.id)]
    zenml(*resolve, "--resolution", "abort")
    pending = run_cli("status", "--json").json["pending"]
    assert run not in [row["run_id"] for row in pending]
    assert actions("wait_aborted") == [("submission", "starter"), ("cancellation", "default")]
    assert read_ledger("wait_aborted")[-1].reason == "stopped in ZenML"
    assert "cancelled by default: stopped in ZenML" in refused("approve", run, *ANN)
    assert run_cli("case", run, "--json").json["settlement"]["outcome"] == "cancelled"


def test_a_run_that_was_deleted_in_zenml(tmp_path: Path) -> None:
    run = submit(tmp_path, "wait_deleted")["run_id"]
    Client().delete_pipeline_run(run)
    assert "no candidate of wait_deleted waits" in refused("approve", "wait_deleted", *ANN)
    assert actions("wait_deleted")[1:] == [("cancellation", "policy")]
