"""Rollback: plan, intent, restore, prove, switch, and done when running services say so."""

import time
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from adapters.ledger import read_ledger
from adapters.proof import prove
from adapters.restore import bento_is_whole, restore_bento
from adapters.services import ServiceReport, confirm, following, look
from adapters.standing import observed
from adapters.transaction import change, require_settled
from adapters.versions import METRICS, SCORER_SHA256, require_version
from core.errors import LedgerError, ReleaseError
from core.governance.ledger import Draft, Entry
from core.governance.rollback import Plan, Side, choose_target
from core.governance.state import state_of

FOLLOW_SECONDS = 30.0
IDENTITY = {"version", "model_sha256", "bento", "config_hash", "data_fingerprint"}


class RollbackOutcome(BaseModel):
    """What a rollback, or its rehearsal, came to.

    Attributes:
        plan: What was to change.
        entry: The audit entry; None after a rehearsal.
        restored: Whether the Bento was lost or altered, and made again.
        seconds: The recovery time: from the intent until every service was asked.
        services: What each service said.
    """

    model_config = ConfigDict(frozen=True)

    plan: Plan
    entry: Entry | None = None
    restored: bool = False
    seconds: float
    services: tuple[ServiceReport, ...]

    @property
    def unconfirmed(self) -> list[str]:
        """The services that do not serve the version, each with the reason."""
        return [f"{item.url}: {item.problem}" for item in self.services if item.problem]


def plan_rollback(name: str, to: str | None = None) -> Plan:
    """What going back would change.

    Raises:
        LedgerError: there is no such target, or the record is damaged.
        ReleaseError: ZenML has lost one of the two versions.
    """
    entries = read_ledger(name)
    if not entries:
        raise LedgerError(f"no model {name!r} has a ledger on this stack; see run.py status")
    target = choose_target(name, entries, to)
    standing = state_of(entries).standing
    return Plan(
        model=name,
        before=standing,
        source=_side(name, str(standing.production), entries),
        target=_side(name, target, entries),
    )


def roll_back(
    plan: Plan,
    *,
    by: str,
    reason: str,
    services: Sequence[str] = (),
    timeout: float = FOLLOW_SECONDS,
    run: str | None = None,
    details: Mapping[str, str] | None = None,
) -> RollbackOutcome:
    """Go back as planned; whatever fails before services are asked undoes all of it.

    A service that does not follow in time does not undo the change: the others have followed. The
    audit names it.

    Args:
        plan: From ``plan_rollback``.
        by: Who wants it.
        reason: Why.
        services: URLs to ask besides those that follow this machine's releases.
        timeout: Seconds until a service counts as not following.
        run: ZenML run, if one wants it.
        details: More facts for the ledger.

    Raises:
        LedgerError: production changed since the plan, or another change is unfinished.
        ReleaseError: the version is not what was released; nothing has changed.
    """
    name, begin = plan.model, time.monotonic()
    version = require_version(name, plan.target.version)
    recorded = release_entry(read_ledger(name), version.number)
    identity = recorded.model_dump(include=IDENTITY)
    intent = Draft(
        action="intent", purpose="rollback", by=by, reason=reason, run=run, before=plan.before,
        after=plan.after, details=dict(details or {}), **identity,
    )  # fmt: skip
    with change(name, intent) as under_way:
        restored = not bento_is_whole(version)
        restore_bento(version)
        golden = prove(version, recorded)
        under_way.switch(plan.after)
        if differences := observed(name).differences(plan.after):
            raise ReleaseError(f"{name} was not switched: {'; '.join(differences)}")
        urls = following(name, services)
        reports = confirm(name, version.number, golden, urls, timeout)
        outcome = RollbackOutcome(
            plan=plan,
            restored=restored,
            seconds=time.monotonic() - begin,
            services=tuple(reports),
        )
        entry = under_way.complete(**identity, details=dict(details or {}) | _facts(outcome))
    return outcome.model_copy(update={"entry": entry})


def rehearse(plan: Plan, services: Sequence[str] = ()) -> RollbackOutcome:
    """Do all that a rollback does but what would change something.

    Raises:
        LedgerError: another change is unfinished.
        ReleaseError: the version is not what was released, or its Bento is gone.
    """
    name, begin = plan.model, time.monotonic()
    version, entries = require_version(name, plan.target.version), read_ledger(name)
    require_settled(name, state_of(entries))
    if not bento_is_whole(version):
        raise ReleaseError(
            f"Bento {version.bento} is gone or was altered; a rollback makes it again from what "
            "ZenML keeps, a rehearsal changes nothing"
        )
    prove(version, release_entry(entries, version.number))
    reports = look(name, following(name, services))
    return RollbackOutcome(plan=plan, seconds=time.monotonic() - begin, services=tuple(reports))


def release_entry(entries: Sequence[Entry], number: str) -> Entry:
    """The entry that says of what bytes a version was made.

    Raises:
        LedgerError: there is none.
    """
    for entry in entries:
        if entry.version == number and SCORER_SHA256 in entry.details:
            return entry
    raise LedgerError(f"the ledger does not say what version {number} was made of")


def _side(name: str, number: str, entries: Sequence[Entry]) -> Side:
    version, recorded = require_version(name, number), release_entry(entries, number)
    return Side(
        version=number,
        mlflow_version=version.mlflow_version,
        bento=version.bento,
        model_sha256=str(recorded.model_sha256),
        scorer_sha256=version.release.scorer_sha256,
        metrics=version.facts[METRICS]["test"],
        released_at=recorded.at,
        released_by=recorded.by,
    )


def _facts(outcome: RollbackOutcome) -> dict[str, str]:
    confirmed = [report.url for report in outcome.services if not report.problem]
    return {
        "bento": "made again" if outcome.restored else "as released",
        "seconds": f"{outcome.seconds:.3f}",
        "confirmed": " ".join(confirmed),
        "unconfirmed": "; ".join(outcome.unconfirmed),
    }
