"""Candidates that wait, and what people do about them."""

from pathlib import Path
from typing import Any

from zenml.client import Client
from zenml.enums import ExecutionStatus

from adapters.ledger import read_ledger
from tests.gatehouse import job, run_cli, train

ANN = ("--by", "ann", "--reason", "fewer errors")
BOB = ("--by", "bob", "--reason", "worse on sport")


def submit(folder: Path, name: str, **approvers: Any) -> Any:
    """A candidate that waits; gives the object of ``train --json``."""
    promotion = {"approval": "required", "approvers": approvers}
    config = job(folder, name, promotion=promotion)
    return train(config, "--by", "starter", code=4)


def actions(model: str) -> list[tuple[str, str]]:
    return [(entry.action, entry.by) for entry in read_ledger(model)]


def state(run_id: str) -> ExecutionStatus:
    return Client().get_pipeline_run(run_id).status


def decide(act: str, run: str, *words: str, code: int) -> Any:
    completed = run_cli(act, run, *words, "--json")
    assert completed.code == code, completed.err + completed.out
    return completed.json


def refused(act: str, run: str, *words: str) -> str:
    completed = run_cli(act, run, *words)
    assert completed.code == 1, completed.err + completed.out
    return completed.error
