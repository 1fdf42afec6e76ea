"""Rollback: plan, intent, restore, prove, switch, and done when running services say so."""

import time
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from adapters.interrupts import noted_interrupts
from adapters.ledger import read_ledger
from adapters.proof import prove
from adapters.restore import bento_is_whole, restore
from adapters.service_client import ServiceReport, Target
from adapters.services import confirm, following, look
from adapters.standing import lost_versions, observed
from adapters.transaction import change, require_settled
from adapters.versions import METRICS, ReleasedVersion, released_version, require_version
from core.errors import LedgerError, ReleaseError
from core.governance.ledger import IDENTITY, Draft, Entry
from core.governance.rollback import SCORER_SHA256, Plan, Side, choose_target, release_entry
from core.governance.state import state_of

FOLLOW_SECONDS = 30.0


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
        LedgerError: there is no such target, ZenML has lost it, or the record is damaged.
    """
    entries = read_ledger(name)
    if not entries:
        raise LedgerError(f"no model {name!r} has a ledger on this stack; see run.py status")
    target = choose_target(name, entries, to)
    state = state_of(entries)
    others = [number for number in state.served if number != state.standing.production]
    version = _require_target(name, target, others)
    current = str(state.standing.production)
    return Plan(
        model=name,
        before=state.standing,
        source=_side(current, released_version(name, current), entries),
        target=_side(target, version, entries),
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

    A service that does not follow in time does not undo the change: the others have followed. Nor
    does Ctrl-C while they are asked, which ends the asking. The audit names who was not confirmed.

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
    identity = recorded.model_dump(include=set(IDENTITY))
    intent = Draft(
        action="intent", purpose="rollback", by=by, reason=reason, run=run, before=plan.before,
        after=plan.after, details=dict(details or {}), **identity,
    )  # fmt: skip
    followers = following(name, services)
    with change(name, intent) as under_way:
        restored = not bento_is_whole(version)
        version = restore(version)
        golden = prove(version, recorded)
        under_way.switch(plan.after)
        lost = lost_versions(name, plan.after)
        if differences := observed(name).differences(plan.after, lost):
            raise ReleaseError(f"{name} was not switched: {'; '.join(differences)}")
        target = Target(name, version.number, recorded.details[SCORER_SHA256], golden)
        # It is in production now; Ctrl-C must not bring back what was wanted away.
        with noted_interrupts() as interrupted:
            reports = confirm(target, followers, timeout, interrupted)
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


def _require_target(name: str, number: str, served: Sequence[str]) -> ReleasedVersion:
    version = released_version(name, number)
    if version is not None:
        return version
    others = [each for each in served if each != number and released_version(name, each)]
    way = "choose " + " or ".join(f"--to {each}" for each in others)
    raise LedgerError(
        f"{name} version {number} is lost in ZenML; "
        + (way if others else "mend what can be: run.py doctor --fix")
    )


def _side(number: str, version: ReleasedVersion | None, entries: Sequence[Entry]) -> Side:
    """Of a version that ZenML has lost: as far as the ledger knows it."""
    recorded = release_entry(entries, number)
    return Side(
        version=number,
        mlflow_version=version.mlflow_version if version else "lost",
        bento=str(recorded.bento),
        model_sha256=str(recorded.model_sha256),
        metrics=version.facts[METRICS]["test"] if version else {},
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
