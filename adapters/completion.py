"""How a change that was cut short can be finished, if all of its parts are there."""

from typing import Any, NamedTuple

from adapters.ledger import read_ledger
from adapters.proof import prove
from adapters.registry import has_mlflow_version, version_made_by
from adapters.restore import restore_bento
from adapters.standing import after_release, holders
from adapters.versions import released_version, require_version
from core.governance.ledger import IDENTITY, Entry, Standing
from core.governance.rollback import release_entry


class Completion(NamedTuple):
    """What finishing leads to.

    Attributes:
        after: The standing.
        facts: Fields of the entry that says so.
    """

    after: Standing
    facts: dict[str, Any]


def completion_of(name: str, intent: Entry) -> Completion | None:
    """How to finish a change; None when a part is missing that can't be made again."""
    completion = _of_release(name, intent) if intent.after is None else _as_intended(intent)
    if completion is None:
        return None
    versions = [released_version(name, number) for number in holders(completion.after).values()]
    whole = all(
        v is not None and has_mlflow_version(name, v.mlflow_version, v.transaction)
        for v in versions
    )
    return completion if whole else None


def make_whole(name: str, intent: Entry, completion: Completion) -> None:
    """Make lost Bentos again; where a rollback goes back to must answer as at its release.

    Raises:
        GatehouseError: a version is not, and can't be made, what was released.
    """
    for number in holders(completion.after).values():
        restore_bento(require_version(name, number))
    if intent.purpose == "rollback":
        target = require_version(name, str(completion.after.production))
        prove(target, release_entry(read_ledger(name), target.number))


def _of_release(name: str, intent: Entry) -> Completion | None:
    found = version_made_by(name, str(intent.transaction))
    made = None if found is None else released_version(name, str(found.number))
    if made is None:
        return None
    return Completion(after_release(name, intent.before or Standing(), made), made.identity())


def _as_intended(intent: Entry) -> Completion:
    return Completion(intent.after or Standing(), intent.model_dump(include=set(IDENTITY)))
