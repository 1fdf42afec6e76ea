"""Finds what a kill, a lost file or a hand has left in a model's standing, and mends it.

A change that was cut short is finished when all parts of the new standing are whole, else undone.
What is done already is not done again, so a repair may itself be killed and run again. Registries
are set back by a transaction like any other; what only this machine has (Bento, channel) is made
again without an entry in the ledger.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict
from zenml.client import Client

from adapters.channel import bentoml_home
from adapters.completion import completion_of, make_whole
from adapters.intents import advice, describe, is_alive, is_elsewhere
from adapters.ledger import append, check_ledger, read_ledger, witness_last
from adapters.ledger_store import recorded_models
from adapters.proof import prove
from adapters.registry import has_mlflow_version, production_version
from adapters.restore import bento_is_whole, restore, restore_bento, restore_registration
from adapters.standing import (
    Observed,
    holders,
    lost_versions,
    observed,
    switch,
    tell_services,
)
from adapters.transaction import change, require_held, require_none_open, take_over, undo
from adapters.versions import RELEASE, ReleasedVersion, released_version, require_version
from core.channel import channel_path
from core.errors import GatehouseError, LedgerError, ReleaseError
from core.files import locked
from core.governance.ledger import Draft, Entry, Standing
from core.governance.rollback import release_entry
from core.governance.state import FINISHED, OUTCOME, UNDONE, LedgerState, state_of

DOCTOR = "python run.py doctor --fix"


class Problem(BaseModel):
    """Something that is not as the ledger says.

    Attributes:
        model: The model's name.
        found: What, in one line.
        fix: A command, and what it will do.
        mendable: Whether ``doctor --fix`` can do something about it.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    found: str
    fix: str
    mendable: bool = True


def problems(name: str | None = None) -> list[Problem]:
    """What is wrong with a model's standing, or with that of all models."""
    return [problem for each in ([name] if name else _names()) for problem in _problems(each)]


def explained(name: str, error: GatehouseError) -> tuple[str, str]:
    """What is wrong, and what to do about it: an error in its two halves."""
    found, _, fix = str(error).partition("; ")
    return found, fix or f"look closer: python run.py ledger verify {name}"


def repair(name: str, by: str, *, abandoned: bool = False) -> list[str]:
    """Mend what can be mended.

    A change whose process is still alive is left alone.

    Args:
        name: The model's name.
        by: Who repairs.
        abandoned: Whether processes that can't be seen from here are known to be dead.

    Returns:
        What was done, a line each; empty when there was nothing to do.

    Raises:
        GatehouseError: something can't be mended; what was done before stays.
    """
    lock = channel_path(bentoml_home(), name).with_suffix(".repair")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with locked(lock):
        intent, done = state_of(read_ledger(name)).open_intent, list[str]()
        if intent is not None and is_alive(intent):
            if not (abandoned and is_elsewhere(intent)):
                return []
            done.append(f"took {describe(intent)} for dead, as told by --abandoned")
        if intent is not None:
            done.append(_end(name, intent, by, "; ".join(done)))
        return _witnessed(name) + done + _follow(name, by)


def _names() -> list[str]:
    """Every model with a ledger, or in production since before there was one."""
    recorded = set(recorded_models())
    others = {model.name for model in Client().list_models(size=10_000).items} - recorded
    found = {name: production_version(name) for name in others}
    older = {name for name, held in found.items() if held and RELEASE in held.run_metadata}
    return sorted(recorded | older)


def _problems(name: str) -> Iterator[Problem]:
    try:
        yield from _found(name)
    except GatehouseError as error:
        found, fix = explained(name, error)
        yield Problem(model=name, found=found, fix=fix, mendable=False)


def _found(name: str) -> Iterator[Problem]:
    entries, findings = check_ledger(name)
    for finding in findings:
        look = f"python run.py ledger verify {name}"
        mends = not finding.is_damage
        yield Problem(model=name, found=finding.text, fix=DOCTOR if mends else look, mendable=mends)
    if any(finding.is_damage for finding in findings):
        return
    state = state_of(entries)
    if state.open_intent is not None:
        yield _unfinished(name, state.open_intent)
        return
    held = {number: released_version(name, number) for number in holders(state.standing).values()}
    lost = {number for number, version in held.items() if version is None}
    yield from _strays(name, entries, state.standing, lost)
    for role, number in holders(state.standing).items():
        yield from _losses(name, role, number, held[number], state)


def _unfinished(name: str, intent: Entry) -> Problem:
    if is_alive(intent):
        found = f"{describe(intent)} is under way"
        return Problem(model=name, found=found, fix=advice(intent), mendable=is_elsewhere(intent))
    what = (
        "undoes it" if completion_of(name, intent) is None else "finishes it: all parts are whole"
    )
    return Problem(model=name, found=f"{describe(intent)} was cut short", fix=f"{DOCTOR} ({what})")


def _strays(name: str, entries: list[Entry], ledger: Standing, lost: set[str]) -> Iterator[Problem]:
    found = observed(name)
    if _predates(entries, found):
        yield Problem(
            model=name,
            found=f"version {found.zenml.production} is in production and in no ledger",
            fix=f"{DOCTOR} (writes it into one)",
        )
        return
    for difference in found.differences(ledger, lost):
        yield Problem(model=name, found=difference, fix=f"{DOCTOR} (does as the ledger says)")


def _losses(
    name: str, role: str, number: str, version: ReleasedVersion | None, state: LedgerState
) -> Iterator[Problem]:
    if version is None:
        found = f"version {number} ({role}) is lost in ZenML"
        fix = f"{DOCTOR} (takes it out of the standing)"
        if role == "production" and any(_is_there(name, other) for other in _former(state)):
            fix = f"{_back(name)}; if none can come back: {DOCTOR}"
        yield Problem(model=name, found=found, fix=fix)
        return
    if not has_mlflow_version(name, version.mlflow_version, version.transaction):
        found = f"version {number} ({role}) is lost in MLflow"
        yield Problem(model=name, found=found, fix=f"{DOCTOR} (registers it again)")
    if not bento_is_whole(version):
        found = f"Bento {version.bento} ({role}) is not whole on this machine"
        yield Problem(model=name, found=found, fix=f"{DOCTOR} (makes it again)")


def _predates(entries: list[Entry], found: Observed) -> bool:
    """Whether a version was released before releases had a ledger."""
    return found.zenml.production is not None and not any(e.transaction or e.after for e in entries)


def _end(name: str, intent: Entry, by: str, why: str) -> str:
    """Finish a change or undo it; gives what was done. Nobody else can meanwhile."""
    held = take_over(name, intent, by)
    completion, obstacle = completion_of(name, held), "a part of it is missing"
    if completion is not None:
        try:
            make_whole(name, held, completion)
        except GatehouseError as error:
            completion, obstacle = None, str(error)

    def require(state: LedgerState) -> None:
        require_held(name, held, state)

    require(state_of(read_ledger(name)))
    facts: dict[str, Any] = {}
    if completion is None:
        undo(name, held)
        outcome, done = UNDONE, f"undid {describe(intent)}: {obstacle}"
    else:
        switch(name, completion.after, held.before)
        facts = completion.facts | {"before": held.before, "after": completion.after}
        outcome, done = FINISHED, f"finished {describe(intent)}"
    reason = "; ".join(filter(None, (why, done)))
    ending = {"by": by, "reason": reason, "run": held.run, "transaction": held.transaction}
    details = facts.get("details", {}) | {OUTCOME: outcome}
    draft = Draft(action="repair", **facts | ending | {"details": details})
    append(name, draft, require)
    return done


def _witnessed(name: str) -> list[str]:
    """Tell MLflow of a last entry whose writer was stopped before it could."""
    entry = witness_last(name)
    return [] if entry is None else [f"told MLflow of entry {entry.number}"]


def _follow(name: str, by: str) -> list[str]:
    """With no change open: bring everything back to what the ledger says."""
    entries, found = read_ledger(name), observed(name)
    if _predates(entries, found):
        return [_adopt(name, found.zenml, by)]
    done, failures = list[str](), list[GatehouseError]()
    for number in holders(state_of(entries).standing).values():
        version = released_version(name, number)
        if version is None:
            continue
        for mend in (_packed, _registered):
            try:
                done += mend(version)
            except GatehouseError as error:
                failures.append(error)
    done += _told(name)
    set_back, way_back = _set_back(name, by)
    done += set_back
    if way_back is not None:
        failures.append(ReleaseError(way_back))
    if failures:
        raise failures[0]
    return done


def _packed(version: ReleasedVersion) -> list[str]:
    if bento_is_whole(version):
        return []
    restore_bento(version)
    return [f"made Bento {version.bento} again"]


def _registered(version: ReleasedVersion) -> list[str]:
    if has_mlflow_version(version.release.name, version.mlflow_version, version.transaction):
        return []
    try:
        again = restore_registration(version)
    except GatehouseError as error:
        name, number = version.release.name, version.number
        reason = str(error).partition("; ")[0]
        raise ReleaseError(
            f"version {number} is lost in MLflow and can't be registered again ({reason}); go back "
            f"or release anew: {_back(name)}"
        ) from error
    return [f"registered version {again.number} in MLflow again, as {again.mlflow_version}"]


def _set_back(name: str, by: str) -> tuple[list[str], str | None]:
    """Registries as the ledger says, less who is lost; gives what was done, and what a person must.

    A lost production version is not taken out of the standing while a rollback can replace it.
    """
    entries, found = read_ledger(name), observed(name)
    state = state_of(entries)
    ledger, lost = state.standing, lost_versions(name, state.standing)
    target, obstacles = (None, list[str]())
    if ledger.production in lost:
        target, obstacles = _way_back(name, entries)
    after = Standing(
        production=None if ledger.production in lost and not target else ledger.production,
        challenger=None if ledger.challenger in lost else ledger.challenger,
    )
    done = [f"set back, since {stray}" for stray in found.in_registries(ledger, lost)]
    done += [
        f"took version {number} ({role}) out of the standing, since it is lost in ZenML"
        for role, number in holders(ledger).items()
        if getattr(after, role) is None
    ]
    if done:
        reason = "; ".join(done + obstacles)
        intent = Draft(action="intent", purpose="repair", by=by, reason=reason, before=ledger,
                       after=after)  # fmt: skip
        with change(name, intent) as under_way:
            under_way.switch(after)
            under_way.complete(details={OUTCOME: FINISHED})
    if target is None:
        return done, None
    way = f"version {ledger.production} (production) is lost in ZenML; {_back(name, target)}"
    return done, way


def _way_back(name: str, entries: list[Entry]) -> tuple[str | None, list[str]]:
    """The last former version that proves to be what was released, and why later ones do not."""
    obstacles = []
    for number in _former(state_of(entries)):
        try:
            prove(restore(require_version(name, number)), release_entry(entries, number))
        except GatehouseError as error:
            obstacles.append(f"version {number} can't come back: {error}")
        else:
            return number, obstacles
    return None, obstacles


def _former(state: LedgerState) -> list[str]:
    """Versions that were in production before, the last one first."""
    return [number for number in reversed(state.served) if number != state.standing.production]


def _is_there(name: str, number: str) -> bool:
    return released_version(name, number) is not None


def _back(name: str, number: str | None = None) -> str:
    to = f" --to {number}" if number else ""
    return f"python run.py rollback {name}{to} --reason TEXT"


def _told(name: str) -> list[str]:
    """The channel of this machine as the ledger says; no matter of the ledger."""
    ledger = state_of(read_ledger(name)).standing
    strays = observed(name).in_channel(ledger, lost_versions(name, ledger))
    if strays:
        tell_services(name, lambda: _settled_standing(name))
    return [f"set back, since {stray}" for stray in strays]


def _settled_standing(name: str) -> Standing:
    state = state_of(read_ledger(name))
    require_none_open(name, state)
    return state.standing


def _adopt(name: str, standing: Standing, by: str) -> str:
    def require(state: LedgerState) -> None:
        if state.open_intent is not None or state.standing != Standing():
            raise LedgerError(f"{name}: another change came first; look: run.py status {name}")

    facts = require_version(name, str(standing.production)).identity()
    done = f"version {standing.production} was in production before it had a ledger"
    details = facts["details"] | {OUTCOME: FINISHED}
    entry = facts | {"by": by, "reason": done, "after": standing, "details": details}
    append(name, Draft(action="repair", **entry), require)
    return f"wrote into the ledger: {done}"
