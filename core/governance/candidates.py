"""Candidates at the gate as the ledger has them: which are open, and what is written about them."""

from collections.abc import Sequence

from core.config.promotion import PromotionConfig
from core.governance.approval import release_of
from core.governance.case import Case
from core.governance.gate import APPROVAL, DECISION, REQUIRED, demands
from core.governance.ledger import Draft, Entry
from core.governance.state import state_of

_ABOUT = ("run", "model_sha256", "config_hash", "data_fingerprint")


def brought(case: Case, promotion: PromotionConfig) -> list[Draft]:
    """The submission of a candidate, and the block where the gate says so.

    Should the writer be killed before the block, the submission alone tells.
    """
    approvers = promotion.approvers
    facts = {
        "action": "submission",
        "by": case.started_by,
        "reason": "; ".join(case.decision.reasons),
        "run": case.run,
        "model_sha256": case.model_sha256,
        "config_hash": case.config_hash,
        "data_fingerprint": case.data.fingerprint,
        "details": {"candidate": case.selected.name, DECISION: case.decision.outcome}
        | demands(promotion.approval, approvers.count, not_starter=approvers.not_starter),
    }
    submission = Draft.model_validate(facts)
    block = submission.model_copy(update={"action": "block"})
    return [submission, block] if case.decision.outcome == "blocked" else [submission]


def open_runs(entries: Sequence[Entry]) -> list[Entry]:
    """Submissions, in order, that people have to decide on or approved, and that are not released.

    What rules or comparison blocked waits for nobody; its submission says so.
    """
    held = state_of(entries).runs.values()
    waiting = [item.submission for item in held if item.word in ("submission", "approval")]
    return [entry for entry in waiting if entry is not None and _is_open(entry, entries)]


def act_on(
    submission: Entry, action: str, by: str, reason: str, details: dict[str, str] | None = None
) -> Draft:
    """An entry about a candidate: the vote of a person, or what the clock or ZenML did."""
    facts = {"action": action, "by": by, "reason": reason, "details": details or {}}
    return Draft.model_validate(facts | {key: getattr(submission, key) for key in _ABOUT})


def _is_open(submission: Entry, entries: Sequence[Entry]) -> bool:
    details = submission.details
    is_asked = details.get(APPROVAL) == REQUIRED and details.get(DECISION) == "promote"
    return is_asked and release_of(entries, str(submission.run)) is None
