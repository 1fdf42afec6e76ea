"""What waits for people, or was left unfinished after they decided, and what can be typed."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from adapters.candidates import Candidate, Runs, open_candidates, paused_runs
from adapters.resumption import is_executed, is_waiting
from cli.outcome import commands
from cli.terminal import shown
from core.errors import LedgerError
from core.governance.approval import Settlement

UNFINISHED = "its run is not ended; type the command that decided it again"
EXPIRED = "nobody can decide on it any more; any of these writes that down and ends its run"
NOT_RELEASED = "approved and not released; this tries the release again, or closes it"
NOT_WAITING = "its run was cut short before it waited for anybody; run the config again"
UNDER_WAY = "a process is at it"


def pending_candidates(models: Sequence[str]) -> list[dict[str, Any]]:
    """Each as an object of ``status --json``, model by model."""
    paused = paused_runs()
    return [row for model in models for row in _pending(model, paused)]


def print_pending(console: Console, row: dict[str, Any]) -> None:
    """What it is, and the commands to type."""
    since = row["since"][:16].replace("T", " ")
    console.print(
        f"[yellow]?[/yellow] {row['model']}: {row['candidate']} of {shown(row['started_by'])}, "
        f"{since} UTC: {shown(row['reason'])}",
        soft_wrap=True,
    )
    for note in (row["note"], row["stale"]):
        if note:
            console.print(f"  {shown(note)}", soft_wrap=True)
    for name, command in row["commands"].items():
        console.print(f"  {name:<8} {shown(command)}", soft_wrap=True)


def _pending(model: str, paused: Mapping[str, Runs]) -> list[dict[str, Any]]:
    """None where the record is damaged: the damage is one of the problems that ``status`` shows."""
    try:
        return [_as_json(candidate) for candidate in open_candidates(model, paused)]
    except LedgerError:
        return []


def _as_json(candidate: Candidate) -> dict[str, Any]:
    found, settlement, stale = candidate.case, candidate.settlement(), candidate.stale()
    note, typed = _next(found.run, settlement, is_stale=stale is not None)
    return {
        "run_id": found.run,
        "model": found.model,
        "candidate": found.selected.name,
        "started_by": found.started_by,
        "since": settlement.since.isoformat(),
        "expires": settlement.expires.isoformat() if settlement.expires else None,
        "outcome": settlement.outcome,
        "approved_by": [vote.by for vote in settlement.votes if vote.action == "approval"],
        "missing": settlement.missing,
        "reason": settlement.text,
        "note": note,
        "stale": stale,
        "commands": typed,
    }


def _next(run: str, settlement: Settlement, *, is_stale: bool) -> tuple[str | None, dict[str, str]]:
    """What to know about it, and what can be typed."""
    typed = commands(run)
    if is_executed(run):
        return UNDER_WAY, {"case": typed["case"]}
    note, acts = None, {"approve", "reject", "cancel"}
    if settlement.outcome == "expired":
        note = EXPIRED
    elif settlement.outcome == "approved":
        note, acts = NOT_RELEASED, {"approve", "cancel"}
        last = settlement.votes[-1]  # who approved may do so again
        words = shlex.join(["--by", last.by, "--reason", last.reason])
        typed["approve"] = typed["approve"].replace("--by NAME --reason TEXT", words)
    elif settlement.outcome != "pending":
        note = UNFINISHED
    elif not is_waiting(run):
        note, acts = NOT_WAITING, {"cancel"}
    if is_stale:
        acts = acts - {"approve"}
    return note, {act: text for act, text in typed.items() if act in {"case", *acts}}
