"""Candidates that wait for people, and their votes in the ledger.

The vote is decided by the ledger's compare-and-swap: of two people who decide at once, one comes
first, and the other is told.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict
from zenml.client import Client
from zenml.enums import AuthScheme, ExecutionStatus
from zenml.materializers.structured_string_materializer import HTML_FILENAME
from zenml.models import PipelineRunResponse

from adapters.ledger import append, read_ledger
from adapters.registry import production_number
from core.config.job import JobConfig
from core.config.loading import parse_config
from core.errors import ApprovalError, GatehouseError
from core.governance.approval import (
    VOTER,
    Act,
    Answer,
    Person,
    Settlement,
    objection,
    release_of,
    repeated,
    settle,
)
from core.governance.case import Case
from core.governance.ledger import Draft, Entry

PIPELINE = "training"


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
        return settle(read_ledger(self.case.model), self.case.run, approvers, _now())

    def is_released(self) -> bool:
        """Whether its release is complete."""
        return release_of(read_ledger(self.case.model), self.case.run) is not None


def waiting_candidates(model: str | None = None) -> list[Candidate]:
    """Those that wait for people, the newest first."""
    paused = Client().list_pipeline_runs(
        pipeline=PIPELINE,
        status=ExecutionStatus.PAUSED.value,
        sort_by="desc:created",
        size=1000,
        hydrate=True,
    )
    runs = [run for run in paused.items if model in (None, _parameters(run)["name"])]
    return [_candidate(run) for run in runs]


def find_candidate(text: str) -> Candidate:
    """The candidate of a run, given its id, a prefix of that, its name, or its model's name.

    A model's name will do where exactly one candidate of it waits.

    Raises:
        GatehouseError: there is no such run, or none that came to the gate, or several.
    """
    waiting = waiting_candidates(text)
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        runs = ", ".join(item.case.run[:8] for item in waiting)
        raise GatehouseError(f"{len(waiting)} candidates of {text} wait; name the run: {runs}")
    try:
        run = Client().get_pipeline_run(text, allow_name_prefix_match=False)
    except (KeyError, ValueError) as error:
        raise GatehouseError(
            f"no run {text!r}, and no candidate of a model of that name waits; "
            "see those that do: run.py status"
        ) from error
    if "submit" not in run.steps:
        raise GatehouseError(
            f"run {run.name} brought no candidate to the gate (ZenML: {run.status.value}); "
            "see those that wait: run.py status"
        )
    return _candidate(run)


class Recorded(NamedTuple):
    """A vote's entry in the ledger, and whether it was written just now."""

    entry: Entry
    is_new: bool


def vote(candidate: Candidate, act: Act, voter: Person, reason: str) -> Recorded:
    """Write a vote into the ledger; the same one again is found there.

    Raises:
        ApprovalError: this person can't do this, or the candidate is settled already.
    """
    case, approvers = candidate.case, candidate.config.promotion.approvers
    known = _users_are_known()
    if found := repeated(read_ledger(case.model), case.run, act, voter, authenticated=known):
        return Recorded(found, is_new=False)

    def require(_: object) -> None:
        # Whoever writes after this reading takes the number of the entry, and we are asked again.
        problem = objection(
            read_ledger(case.model),
            case.run,
            approvers,
            act,
            voter,
            now=_now(),
            authenticated=known,
        )
        if problem is not None:
            raise ApprovalError(f"run {case.run[:8]} of {case.model}: {problem}")

    details = {} if voter.user == current_user() else {VOTER: voter.user}
    entry = append(case.model, _draft(case, act, voter.name, reason, details), require)
    return Recorded(entry, is_new=True)


def record_answer(candidate: Candidate, condition: str, answer: Answer) -> None:
    """Make a vote of what a wait was answered with; one of our commands wrote it before.

    An answer that is no vote is printed, for the run's log; the candidate waits on.
    """
    found = Client().list_run_wait_conditions(
        pipeline_run=candidate.case.run, name=condition, hydrate=True
    )
    user = Client().get_user(str(found.items[0].resolved_by_user_id)).name
    act: Act = "approval" if answer.approved else "rejection"
    try:
        vote(candidate, act, Person(name=answer.by, user=user), answer.reason)
    except ApprovalError as error:
        print(f"no vote: {error}")


def expire(candidate: Candidate) -> None:
    """Write down that a candidate expired; once, and unless a vote came first."""
    case = candidate.case

    def require(_: object) -> None:
        settlement = candidate.settlement()
        if settlement.outcome != "expired" or _is_written(settlement):
            raise _NotDueError

    text = candidate.settlement().text
    with suppress(_NotDueError):
        append(case.model, _draft(case, "expiry", "policy", text, {}), require)


class _NotDueError(Exception):
    """Another process was first."""


def _is_written(settlement: Settlement) -> bool:
    return any(vote.action == "expiry" for vote in settlement.votes)


def card_page(case: Case) -> str:
    """Where the draft of the model card lies, an HTML page."""
    steps = Client().get_pipeline_run(case.run).steps
    return f"{steps['submit'].outputs['model_card_draft'][0].uri}/{HTML_FILENAME}"


def stale(case: Case) -> str | None:
    """Why the comparison does not hold any more; None while it does."""
    found, compared = production_number(case.model), case.decision.production_version
    if found == compared:
        return None
    return (
        f"stale: {_version(found)} is in production now, the comparison was with "
        f"{_version(compared)}; run the config again"
    )


def _version(number: str | None) -> str:
    return "nothing" if number is None else f"version {number}"


def current_user() -> str:
    """Who uses ZenML in this process."""
    return str(Client().active_user.name)


def _users_are_known() -> bool:
    store = Client().zen_store
    return not store.is_local_store() and (store.get_store_info().auth_scheme != AuthScheme.NO_AUTH)


def _draft(case: Case, action: str, by: str, reason: str, details: dict[str, str]) -> Draft:
    return Draft.model_validate(
        {
            "action": action,
            "by": by,
            "reason": reason,
            "run": case.run,
            "model_sha256": case.model_sha256,
            "config_hash": case.config_hash,
            "data_fingerprint": case.data.fingerprint,
            "details": details,
        }
    )


def _candidate(run: PipelineRunResponse) -> Candidate:
    case: Case = run.steps["submit"].outputs["case"][0].load()
    config = parse_config(_parameters(run), origin=f"run {run.name}")
    return Candidate(config=config, case=case)


def _parameters(run: PipelineRunResponse) -> dict[str, object]:
    parameters = run.config.parameters or {}
    return dict(parameters["config"])


def _now() -> datetime:
    return datetime.now(UTC)
