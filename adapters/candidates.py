"""Candidates at the gate: which are open, and which one is meant."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from zenml.client import Client
from zenml.enums import ExecutionStatus, RunWaitConditionResolution
from zenml.materializers.structured_string_materializer import HTML_FILENAME
from zenml.models import PipelineRunResponse

from adapters.ledger import append, read_ledger
from adapters.ledger_store import recorded_models
from adapters.registry import production_number
from core.config.job import JobConfig
from core.config.loading import parse_config
from core.errors import GatehouseError
from core.governance.approval import Settlement, release_of, settle
from core.governance.candidates import act_on, open_runs
from core.governance.case import Case
from core.governance.ledger import Entry
from core.governance.state import LedgerState
from core.governance.words import POLICY, visible

Runs = list[PipelineRunResponse]

PIPELINE = "training"
SEE = "see those that wait: run.py status"
# ZenML takes any prefix of an id, while one letter must not promote a model.
_ID = re.compile(r"[0-9a-f]{8}[0-9a-f-]*", re.IGNORECASE)


class Candidate(BaseModel):
    """A run that came to the gate.

    Attributes:
        config: The job.
        case: What the gate found, and in which run.
    """

    model_config = ConfigDict(frozen=True)

    config: JobConfig
    case: Case

    def settlement(self) -> Settlement:
        """What the votes on it add up to now.

        Raises:
            LedgerError: the record is damaged, or it was never submitted.
        """
        approvers = self.config.promotion.approvers
        return settle(read_ledger(self.case.model), self.case.run, approvers, now())

    def is_released(self) -> bool:
        """Whether its release is complete."""
        return release_of(read_ledger(self.case.model), self.case.run) is not None

    def stale(self) -> str | None:
        """Why it can't be released any more; None while it can, or where that is over."""
        found, compared = production_number(self.case.model), self.case.decision.production_version
        is_over = self.settlement().outcome not in ("pending", "approved") or self.is_released()
        if found == compared or is_over:
            return None
        return (
            f"stale: {_version(found)} is in production now, the comparison was with "
            f"{_version(compared)}; run the config again"
        )


def open_candidates(model: str, paused: Mapping[str, Runs] | None = None) -> list[Candidate]:
    """Those that wait for people, or whose run is unfinished after they decided; newest first.

    Args:
        model: The model's name.
        paused: ``paused_runs()``, where the candidates of many models are asked for; None: asked
            now.

    Raises:
        LedgerError: the record is damaged.
    """
    unfinished = note_stopped(model)
    waiting = (paused_runs() if paused is None else paused).get(model, [])
    runs = {run.id: run for run in (*unfinished, *waiting)}
    newest = sorted(runs.values(), key=lambda run: run.created, reverse=True)
    return [_candidate(run) for run in newest if _has_case(run)]


def paused_runs() -> dict[str, Runs]:
    """The training runs that wait for people, by model."""
    paused = ExecutionStatus.PAUSED.value
    found = Client().list_pipeline_runs(pipeline=PIPELINE, status=paused, size=1000, hydrate=True)
    runs: dict[str, Runs] = {}
    for run in found.items:
        runs.setdefault(str(_parameters(run)["name"]), []).append(run)
    return runs


def find_candidate(text: str) -> Candidate:
    """The candidate of a run, given its id, 8 or more digits of that, its name, or a model's name.

    A model's name will do where exactly one candidate of it is open.

    Raises:
        GatehouseError: there is no such run, or none that came to the gate, or several.
    """
    if text in recorded_models():
        return _only(text)
    run = _run(text)
    if "submit" not in run.steps:
        raise GatehouseError(
            f"run {run.name} brought no candidate to the gate (ZenML: {run.status.value}); {SEE}"
        )
    if not _has_case(run):
        raise GatehouseError(
            f"run {run.name} ended before its case was made (ZenML: {run.status.value}), and "
            "nobody can decide on it; run its config again"
        )
    candidate = _candidate(run)
    note_stopped(candidate.case.model)
    return candidate


def note_stopped(model: str) -> Runs:
    """Write down which open candidates of a model were stopped, or deleted, in ZenML itself.

    Returns:
        The runs of the others.

    Raises:
        LedgerError: the record is damaged.
    """
    others: Runs = []
    for submission in open_runs(read_ledger(model)):
        run = _found(submission)
        if run is None:
            _cancel(submission, POLICY, "its run was deleted in ZenML")
        elif run.status == ExecutionStatus.STOPPED:
            _cancel(submission, _stopped_by(run), "stopped in ZenML")
        else:
            others.append(run)
    return others


def card_page(case: Case) -> str:
    """Where the draft of the model card lies, an HTML page."""
    steps = Client().get_pipeline_run(case.run).steps
    return f"{steps['submit'].outputs['model_card_draft'][0].uri}/{HTML_FILENAME}"


def now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def _only(model: str) -> Candidate:
    found = open_candidates(model)
    if not found:
        raise GatehouseError(f"no candidate of {model} waits; {SEE}")
    if len(found) > 1:
        runs = ", ".join(item.case.run[:8] for item in found)
        raise GatehouseError(f"{len(found)} candidates of {model} wait; name the run: {runs}")
    return found[0]


def _run(text: str) -> PipelineRunResponse:
    try:
        run = Client().get_pipeline_run(text, allow_name_prefix_match=False)
    except (KeyError, ValueError) as error:
        raise GatehouseError(
            f"no run is named {text!r}, and no model with candidates; {SEE}"
        ) from error
    if run.name != text and not _ID.fullmatch(text):
        raise GatehouseError(f"{text!r} is no run: give 8 or more digits of its id; {SEE}")
    return run


def _found(submission: Entry) -> PipelineRunResponse | None:
    try:
        return Client().get_pipeline_run(str(submission.run), allow_name_prefix_match=False)
    except KeyError:
        return None


def _stopped_by(run: PipelineRunResponse) -> str:
    conditions = Client().list_run_wait_conditions(pipeline_run=run.id, hydrate=True).items
    for condition in conditions:
        user = condition.resolved_by_user_id
        if condition.resolution == RunWaitConditionResolution.ABORT and user is not None:
            return visible(Client().get_user(str(user)).name)
    return POLICY


class _NotDueError(Exception):
    """Another process was first."""


def _cancel(submission: Entry, by: str, reason: str) -> None:
    def require(_: LedgerState) -> None:
        if submission not in open_runs(read_ledger(submission.model)):
            raise _NotDueError

    with suppress(_NotDueError):
        append(submission.model, act_on(submission, "cancellation", by, reason), require)


def _parameters(run: PipelineRunResponse) -> dict[str, Any]:
    return dict((run.config.parameters or {})["config"])


def _has_case(run: PipelineRunResponse) -> bool:
    return "submit" in run.steps and "case" in run.steps["submit"].outputs


def _candidate(run: PipelineRunResponse) -> Candidate:
    case: Case = run.steps["submit"].outputs["case"][0].load()
    return Candidate(config=parse_config(_parameters(run), origin=f"run {run.name}"), case=case)


def _version(number: str | None) -> str:
    return "nothing" if number is None else f"version {number}"
