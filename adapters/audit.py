"""The ledger against what it speaks of: both registries, the channel, and the bytes released."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from adapters.channel import read_channel
from adapters.components import model_registry
from adapters.digests import model_digest, packed_folder, packed_golden, packed_scorer
from adapters.intents import describe, is_alive
from adapters.ledger import load_record
from adapters.registry import TRANSACTION, ZENML_VERSION, has_mlflow_version
from adapters.standing import observed
from adapters.tracker import active_tracker
from adapters.versions import (
    CARD_SHA256,
    MLFLOW_VERSION,
    TRACKED_SHA256,
    ReleasedVersion,
    released_version,
)
from core.errors import GatehouseError, ReleaseError
from core.governance.ledger import IDENTITY, Entry
from core.governance.rollback import GOLDEN_SHA256, SCORER_SHA256
from core.governance.state import COMPLETIONS, LedgerState, is_finish, state_of
from core.governance.verify import Finding, Kind
from core.models.card import card_digest, load_card
from core.release import Release

_IN_ZENML = (*IDENTITY, SCORER_SHA256, GOLDEN_SHA256, CARD_SHA256)
_IN_MLFLOW = ("model_sha256", "config_hash", "data_fingerprint", SCORER_SHA256)


def audit(model: str, entries: list[Entry]) -> list[Finding]:
    """What registries, channel and files show otherwise than the ledger says.

    Args:
        model: The model's name.
        entries: Its whole ledger, in order.
    """
    state, has_channel = state_of(entries), _has_channel(model)
    holders = (state.standing.production, state.standing.challenger)
    findings = [*_elsewhere(model), *_standing(model, state, has_channel=has_channel)]
    for number, about in _by_version(entries).items():
        needs_bento = number in holders and has_channel
        findings += _of_version(model, number, about, needs_bento=needs_bento)
    return findings


def _has_channel(model: str) -> bool:
    """Whether this machine was ever told of a release; one that was not has no Bento either."""
    try:
        return read_channel(model) is not None
    except ReleaseError:
        return True


def _elsewhere(model: str) -> Iterator[Finding]:
    tracker = load_record(model).tracker
    if tracker != active_tracker():
        text = f"the witness is MLflow {tracker.name!r}, not the active stack's: it was asked there"
        yield _finding(None, text, "elsewhere")


def _by_version(entries: list[Entry]) -> dict[str, list[Entry]]:
    """The entries that say what a version is."""
    versions: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.version and (entry.action in COMPLETIONS or is_finish(entry)):
            versions.setdefault(entry.version, []).append(entry)
    return versions


def _standing(model: str, state: LedgerState, *, has_channel: bool) -> Iterator[Finding]:
    intent = state.open_intent
    if intent is not None:
        if is_alive(intent):
            yield _finding(intent, f"{describe(intent)} is under way", "under way")
        else:
            text = f"{describe(intent)} was cut short; mend it: run.py doctor --fix"
            yield _finding(intent, text)
        return
    found = observed(model)
    for difference in found.in_registries(state.standing):
        yield _finding(state.last, difference)
    if has_channel:
        for difference in found.in_channel(state.standing):
            yield _finding(state.last, difference)
    elif state.standing.production is not None:
        text = f"this machine has no channel of {model}: its services don't follow releases; if "
        yield _finding(state.last, text + "they should: run.py doctor --fix", "local")


def _of_version(
    model: str, number: str, about: list[Entry], *, needs_bento: bool
) -> Iterator[Finding]:
    try:
        version = released_version(model, number)
    except GatehouseError as error:
        yield _finding(about[0], str(error))
        return
    if version is None:
        yield _finding(about[0], f"version {number} of entry {about[0].number} is not in ZenML")
        return
    facts = version.identity()
    shown = facts | facts["details"]
    yield from _bytes(about[0], version, shown.get(TRACKED_SHA256), needs_bento=needs_bento)
    tags = _mlflow_tags(model, version)
    if tags is None:
        text = f"version {number} of entry {about[0].number} is not in MLflow"
        yield _finding(about[0], f"{text} under number {version.mlflow_version}")
    elif tags.get(ZENML_VERSION) != number:
        found = tags.get(ZENML_VERSION, "missing")
        text = f"{ZENML_VERSION} of version {number} is {found} in MLflow"
        yield _finding(about[0], text)
    for entry in about:
        yield from _records(entry, number, "ZenML", _IN_ZENML, shown)
        if tags is not None:
            yield from _records(entry, number, "MLflow", _IN_MLFLOW, tags)
            # What was lost there is registered again under a new number, by its transaction.
            if tags.get(TRANSACTION) != entry.transaction:
                yield from _records(entry, number, "ZenML", (MLFLOW_VERSION,), shown)


def _records(
    entry: Entry, number: str, place: str, keys: tuple[str, ...], shown: Mapping[str, Any]
) -> Iterator[Finding]:
    """What a registry has written on the version."""
    for key in keys:
        said = getattr(entry, key) if key in IDENTITY else entry.details.get(key)
        found = shown.get(key, "missing")
        if said is not None and str(found) != said:
            text = f"{key} of version {number} is {found} in {place}, but {said} in entry "
            yield _finding(entry, text + str(entry.number))


def _mlflow_tags(model: str, version: ReleasedVersion) -> dict[str, str] | None:
    if not has_mlflow_version(model, version.mlflow_version, version.transaction):
        return None
    client = model_registry().mlflow_client
    return dict(client.get_model_version(model, version.mlflow_version).tags)


def _bytes(
    entry: Entry, version: ReleasedVersion, tracked: str | None, *, needs_bento: bool
) -> Iterator[Finding]:
    """The files themselves; a Bento that nobody serves may be gone: it can be made again."""
    release, said = version.release, entry.details
    digests = {
        "the model": (entry.model_sha256, _read(model_digest, version.found)),
        "the model in MLflow": (said.get(TRACKED_SHA256), tracked),
    }
    if needs_bento or packed_folder(release).exists():
        for what, key, of in (
            ("the scorer", SCORER_SHA256, packed_scorer),
            ("the golden answers", GOLDEN_SHA256, packed_golden),
            ("the card", CARD_SHA256, _packed_card),
        ):
            digests[f"{what} in the Bento"] = said.get(key), _read(of, release)
    for what, (recorded, found) in digests.items():
        if recorded is not None and found != recorded:
            shown = "can't be read" if found is None else f"has SHA-256 {found}"
            text = f"{what} of version {version.number} {shown}; entry {entry.number} says "
            yield _finding(entry, text + recorded)


def _packed_card(release: Release) -> str:
    return card_digest(load_card(packed_folder(release), str(release.card_sha256)))


def _read(of: Callable[[Any], str], source: Any) -> str | None:
    try:
        return of(source)
    except (GatehouseError, OSError):
        return None


def _finding(entry: Entry | None, text: str, kind: Kind = "registry") -> Finding:
    return Finding(number=entry and entry.number, kind=kind, text=text)
