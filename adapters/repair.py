"""Finds what a kill, a lost file or a hand has left in a model's standing, and mends it.

A change that was cut short is finished when all parts of the new standing are whole, else undone.
What is done already is not done again, so a repair may itself be killed and run again.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict
from zenml.client import Client

from adapters.channel import bentoml_home
from adapters.completion import completion_of, make_whole
from adapters.intents import describe, is_alive
from adapters.ledger import append, check_ledger, read_ledger
from adapters.registry import has_mlflow_version, production_version
from adapters.restore import bento_is_whole, restore_bento
from adapters.standing import Observed, holders, observed, switch
from adapters.transaction import undo
from adapters.versions import RELEASE, released_version, require_version
from adapters.witness import witness
from core.channel import channel_path
from core.errors import GatehouseError
from core.files import locked
from core.governance.ledger import Draft, Entry, Standing
from core.governance.state import FINISHED, OUTCOME, UNDONE, state_of

DOCTOR = "python run.py doctor --fix"
LEDGER = "ledger-"


class Problem(BaseModel):
    """Something that is not as the ledger says.

    Attributes:
        model: The model's name.
        found: What, in one line.
        fix: A command, and what it will do.
        mendable: Whether that command is ``doctor --fix``.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    found: str
    fix: str
    mendable: bool = True


def problems(name: str | None = None) -> list[Problem]:
    """What is wrong with a model's standing, or with that of all models."""
    return [problem for each in ([name] if name else _names()) for problem in _problems(each)]


def repair(name: str, by: str) -> list[str]:
    """Mend what can be mended, and write it into the ledger.

    A change whose process is still alive is left alone.

    Args:
        name: The model's name.
        by: Who repairs.

    Returns:
        What was done, a line each; empty when there was nothing to do.

    Raises:
        GatehouseError: something can't be mended; what was done before stays.
    """
    lock = channel_path(bentoml_home(), name).with_suffix(".repair")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with locked(lock):
        intent = state_of(read_ledger(name)).open_intent
        if intent is not None and is_alive(intent):
            return []
        done = [] if intent is None else [_end(name, intent, by)]
        return _witnessed(name) + done + _follow(name, read_ledger(name), by)


def _names() -> list[str]:
    """Every model with a ledger, or in production since before there was one."""
    client = Client()
    ledgers = client.list_artifacts(name=f"startswith:{LEDGER}", size=10_000).items
    names = {artifact.name.removeprefix(LEDGER) for artifact in ledgers}
    for model in client.list_models(size=10_000).items:
        found = production_version(model.name)
        if found is not None and RELEASE in found.run_metadata:
            names.add(model.name)
    return sorted(names)


def _problems(name: str) -> Iterator[Problem]:
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
    try:
        yield from _strays(name, entries, state.standing)
        for role, number in holders(state.standing).items():
            yield from _losses(name, role, number)
    except GatehouseError as error:
        found, _, fix = str(error).partition("; ")
        yield Problem(model=name, found=found, fix=fix, mendable=False)


def _unfinished(name: str, intent: Entry) -> Problem:
    if is_alive(intent):
        found, fix = f"{describe(intent)} is under way", "wait for it"
        return Problem(model=name, found=found, fix=fix, mendable=False)
    what = (
        "undoes it" if completion_of(name, intent) is None else "finishes it: all parts are whole"
    )
    return Problem(model=name, found=f"{describe(intent)} was cut short", fix=f"{DOCTOR} ({what})")


def _strays(name: str, entries: list[Entry], ledger: Standing) -> Iterator[Problem]:
    found = observed(name)
    if _predates(entries, found):
        yield Problem(
            model=name,
            found=f"version {found.zenml.production} is in production and in no ledger",
            fix=f"{DOCTOR} (writes it into one)",
        )
        return
    for difference in found.differences(ledger):
        yield Problem(model=name, found=difference, fix=f"{DOCTOR} (does as the ledger says)")


def _losses(name: str, role: str, number: str) -> Iterator[Problem]:
    version = released_version(name, number)
    back = f"python run.py rollback {name} --reason ..."
    if version is None:
        found = f"version {number} ({role}) is lost in ZenML"
        yield Problem(model=name, found=found, fix=back, mendable=False)
        return
    if not has_mlflow_version(name, version.mlflow_version):
        found = f"version {number} ({role}) is lost in MLflow"
        yield Problem(model=name, found=found, fix=back, mendable=False)
    if not bento_is_whole(version):
        found = f"Bento {version.bento} ({role}) is not whole on this machine"
        yield Problem(model=name, found=found, fix=f"{DOCTOR} (makes it again)")


def _predates(entries: list[Entry], found: Observed) -> bool:
    """Whether a version was released before releases had a ledger."""
    return found.zenml.production is not None and not any(e.transaction or e.after for e in entries)


def _end(name: str, intent: Entry, by: str) -> str:
    """Finish a change or undo it; gives what was done."""
    completion, obstacle = completion_of(name, intent), "a part of it is missing"
    if completion is not None:
        try:
            make_whole(name, intent, completion)
        except GatehouseError as error:
            completion, obstacle = None, str(error)
    facts: dict[str, Any] = {}
    if completion is None:
        undo(name, intent)
        outcome, done = UNDONE, f"undid {describe(intent)}: {obstacle}"
    else:
        switch(name, completion.after)
        facts = completion.facts | {"before": intent.before, "after": completion.after}
        outcome, done = FINISHED, f"finished {describe(intent)}"
    ending = {"by": by, "reason": done, "run": intent.run, "transaction": intent.transaction}
    details = facts.get("details", {}) | {OUTCOME: outcome}
    _record(name, **facts | ending | {"details": details})
    return done


def _witnessed(name: str) -> list[str]:
    """Tell MLflow of a last entry whose writer was stopped before it could."""
    entries, findings = check_ledger(name)
    if not findings:
        return []
    witness(name, entries[-1])
    return [f"told MLflow of entry {entries[-1].number}"]


def _follow(name: str, entries: list[Entry], by: str) -> list[str]:
    """With no change open: bring everything back to what the ledger says."""
    found, ledger = observed(name), state_of(entries).standing
    if _predates(entries, found):
        return [_adopt(name, found.zenml, by)]
    done = []
    for number in holders(ledger).values():
        version = require_version(name, number)
        if not bento_is_whole(version):
            restore_bento(version)
            done.append(f"made Bento {version.bento} again")
    if differences := found.differences(ledger):
        switch(name, ledger)
        done += [f"set back, since {difference}" for difference in differences]
    if done:
        _record(name, by=by, reason="; ".join(done))
    return done


def _adopt(name: str, standing: Standing, by: str) -> str:
    facts = require_version(name, str(standing.production)).identity()
    done = f"version {standing.production} was in production before it had a ledger"
    details = facts["details"] | {OUTCOME: FINISHED}
    _record(name, **facts | {"by": by, "reason": done, "after": standing, "details": details})
    return f"wrote into the ledger: {done}"


def _record(name: str, **fields: Any) -> None:
    append(name, Draft(action="repair", **fields))
