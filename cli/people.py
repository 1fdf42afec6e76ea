"""People decide on a candidate: by command, or asked on the terminal."""

import sys
from collections.abc import Callable

from zenml.client import Client

from adapters.approvals import current_user, expire, require_votable, vote
from adapters.candidates import Candidate
from adapters.resumption import finish, is_answered, is_waiting, stack_of, stop, take_up
from cli.progress import going_on
from cli.terminal import Terminal, shown
from core.errors import ApprovalError
from core.governance.approval import Act, Answer, Person, Settlement
from core.governance.words import clean_reason, person_name

ACTS: dict[str, Act] = {"approve": "approval", "reject": "rejection", "cancel": "cancellation"}


def decide(terminal: Terminal, candidate: Candidate, act: Act, by: str, reason: str) -> None:
    """Record what a person decides; when that settles it, end the wait and complete the run.

    Raises:
        ApprovalError: this person can't do this, or the candidate is settled already.
        GatehouseError: going on with the run failed.
    """
    run_id = candidate.case.run
    with stack_of(run_id):
        require_votable(candidate, act)
        _require_waiting(candidate, act)
        if is_answered(run_id):
            with going_on(terminal, run_id):
                take_up(run_id)
        if candidate.settlement().outcome != "expired":
            entry, is_new = vote(candidate, act, Person(name=by, user=current_user()), reason)
            state = "recorded" if is_new else "recorded already"
            terminal.err.print(f"{state}: entry {entry.number} of the ledger, {entry.action}")
        if not candidate.is_released():
            _end_wait(terminal, candidate)


def _require_waiting(candidate: Candidate, act: Act) -> None:
    """A candidate that waits can be voted on; one whose run was killed before can be cancelled."""
    run_id = candidate.case.run
    if act == "cancellation" or candidate.settlement().outcome != "pending" or is_waiting(run_id):
        return
    run = Client().get_pipeline_run(run_id)
    raise ApprovalError(
        f"run {run.name} does not wait for anybody (ZenML: {run.status.value}); if its process is "
        f"gone, close it: run.py cancel {run_id}"
    )


def _end_wait(terminal: Terminal, candidate: Candidate) -> None:
    settlement, run_id = candidate.settlement(), candidate.case.run
    if settlement.outcome == "expired":
        expire(candidate)
    if settlement.outcome in ("approved", "rejected"):
        with going_on(terminal, run_id):
            finish(run_id, _answer(settlement))
    elif settlement.outcome != "pending":
        stop(run_id)


def _answer(settlement: Settlement) -> Answer:
    last = settlement.votes[-1]
    return Answer(approved=settlement.outcome == "approved", by=last.by, reason=last.reason)


def can_ask(terminal: Terminal) -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty() and terminal.err.is_terminal and not terminal.as_json


def ask(terminal: Terminal, candidate: Candidate) -> bool:
    """Let somebody at the terminal decide, or leave it to a command; Ctrl-C leaves it too.

    Returns:
        Whether anybody decided.
    """
    decided = False
    while candidate.settlement().outcome == "pending":
        try:
            choice = _choose(terminal)
        except (EOFError, KeyboardInterrupt):
            choice = None
            terminal.err.print()
        if choice is None:
            break
        try:
            decide(terminal, candidate, *choice)
            decided = True
        except ApprovalError as error:
            terminal.err.print(f"[red]{shown(error)}[/]")
    return decided


def _choose(terminal: Terminal) -> tuple[Act, str, str] | None:
    typed = ""
    while typed not in ACTS:
        typed = terminal.err.input("[bold]approve, reject, cancel or later?[/] ").strip().lower()
        if typed in ("", "later"):
            return None
    name = _text(terminal, "your name: ", person_name)
    return ACTS[typed], name, _text(terminal, "reason: ", clean_reason)


def _text(terminal: Terminal, prompt: str, clean: Callable[[str], str]) -> str:
    while True:
        try:
            return clean(terminal.err.input(prompt))
        except ValueError as error:
            terminal.err.print(f"[red]{shown(error)}[/]")
