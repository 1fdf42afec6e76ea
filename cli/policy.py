"""What the policy of automatic rollback did, for people and as JSON."""

from typing import TYPE_CHECKING, Any

from cli.commands.rollback import as_json_object as rollback_object
from cli.terminal import Terminal, shown

if TYPE_CHECKING:
    from adapters.policy import PolicyOutcome

DRIFTED, FAILED = 6, 1


def as_json_object(outcome: "PolicyOutcome") -> dict[str, Any]:
    """The key ``policy`` of ``monitor --json``."""
    done = outcome.rollback
    return outcome.model_dump(mode="json", exclude={"rollback"}) | {
        "rollback": rollback_object(done) if done else None
    }


def tell(terminal: Terminal, outcome: "PolicyOutcome") -> int:
    """Say what was done, loudly; returns the exit code."""
    for note in outcome.notes:
        terminal.err.print(f"policy: {shown(note)}", soft_wrap=True)
    for limit in outcome.broken:
        terminal.err.print(f"policy: broken: {shown(limit)}", soft_wrap=True)
    if (done := outcome.rollback) is not None and done.entry is not None:
        source, target = done.plan.source.version, done.plan.target.version
        terminal.err.print(
            f"policy: ROLLED BACK {done.plan.model} from version {source} to version {target} in "
            f"{done.seconds:.2f} s; ledger entry {done.entry.number}",
            soft_wrap=True,
        )
    if outcome.problem:
        prefix = "error" if outcome.failed else "policy: NOT ROLLED BACK"
        terminal.err.print(f"{prefix}: {shown(outcome.problem)}", soft_wrap=True)
    if outcome.failed:
        return FAILED
    return DRIFTED if outcome.broken else 0
