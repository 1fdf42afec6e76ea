"""The ledger against what it speaks of: both registries, the channel, and the bytes released."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.channel import bentoml_home
from adapters.components import model_registry
from adapters.ledger_store import file_of
from adapters.registry import has_mlflow_version
from adapters.standing import observed
from adapters.versions import GOLDEN_SHA256, SCORER_SHA256, ReleasedVersion, released_version
from core.channel import model_path
from core.errors import GatehouseError
from core.governance.ledger import Entry
from core.governance.state import COMPLETIONS, LedgerState, is_finish, state_of
from core.governance.verify import Finding
from core.models.golden import golden_digest
from core.models.scorer.storage import scorer_digest
from core.release import GOLDEN_FILE, SCORER_FOLDER
from materializers.estimator import FILENAME

_IDENTITY = ("model_sha256", "config_hash", "data_fingerprint", "bento")
_SERVED = (SCORER_SHA256, GOLDEN_SHA256)


def audit(model: str, entries: list[Entry]) -> list[Finding]:
    """What registries, channel and files show otherwise than the ledger says.

    Args:
        model: The model's name.
        entries: Its whole ledger, in order.
    """
    state = state_of(entries)
    holders = (state.standing.production, state.standing.challenger)
    findings = list(_standing(model, state))
    for number, about in _by_version(entries).items():
        findings += _of_version(model, number, about, is_served=number in holders)
    return findings


def _by_version(entries: list[Entry]) -> dict[str, list[Entry]]:
    """The entries that say what a version is."""
    versions: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.version and (entry.action in COMPLETIONS or is_finish(entry)):
            versions.setdefault(entry.version, []).append(entry)
    return versions


def _standing(model: str, state: LedgerState) -> Iterator[Finding]:
    intent = state.open_intent
    if intent is not None:
        text = f"the {intent.purpose} that {intent.by} began at {intent.at} is not finished; if "
        yield _finding(intent, text + "nobody is at it: run.py doctor --fix")
        return
    try:
        for difference in observed(model).differences(state.standing):
            yield _finding(state.last, difference)
    except GatehouseError as error:
        yield _finding(state.last, str(error))


def _of_version(
    model: str, number: str, about: list[Entry], *, is_served: bool
) -> Iterator[Finding]:
    try:
        version = released_version(model, number)
    except GatehouseError as error:
        yield _finding(about[0], str(error))
        return
    if version is None:
        yield _finding(about[0], f"version {number} of entry {about[0].number} is not in ZenML")
        return
    yield from _bytes(about[0], version, is_served=is_served)
    facts = version.identity()
    tags = _mlflow_tags(model, version)
    if tags is None:
        text = f"version {number} of entry {about[0].number} is not in MLflow"
        yield _finding(about[0], f"{text}, where it was {version.mlflow_version}")
    for entry in about:
        yield from _records(entry, number, "ZenML", facts | facts["details"])
        yield from _records(entry, number, "MLflow", tags or {})


def _records(entry: Entry, number: str, place: str, shown: Mapping[str, Any]) -> Iterator[Finding]:
    """What a registry has written on the version."""
    said = {key: getattr(entry, key) for key in _IDENTITY}
    said |= {key: entry.details.get(key) for key in _SERVED}
    for key, value in said.items():
        if value is not None and str(shown.get(key, value)) != value:
            text = f"{key} of version {number} is {shown[key]} in {place}, but {value} in entry "
            yield _finding(entry, text + str(entry.number))


def _mlflow_tags(model: str, version: ReleasedVersion) -> dict[str, str] | None:
    if not has_mlflow_version(model, version.mlflow_version):
        return None
    client = model_registry().mlflow_client
    return dict(client.get_model_version(model, version.mlflow_version).tags)


def _bytes(entry: Entry, version: ReleasedVersion, *, is_served: bool) -> Iterator[Finding]:
    """The files themselves; a Bento that nobody serves may be gone: it can be made again."""
    digests = {"the model": (entry.model_sha256, _model_digest(version))}
    folder = model_path(bentoml_home(), version.release.model_tag)
    if is_served or folder.exists():
        scorer = _digest(scorer_digest, folder / SCORER_FOLDER)
        golden = _digest(golden_digest, folder / GOLDEN_FILE)
        digests["the scorer in the Bento"] = entry.details.get(SCORER_SHA256), scorer
        digests["the golden answers in the Bento"] = entry.details.get(GOLDEN_SHA256), golden
    for what, (said, found) in digests.items():
        if said is not None and found != said:
            shown = "can't be read" if found is None else f"has SHA-256 {found}"
            text = f"{what} of version {version.number} {shown}; entry {entry.number} says {said}"
            yield _finding(entry, text)


def _model_digest(version: ReleasedVersion) -> str | None:
    artifact = version.found.get_artifact("model")
    content = None if artifact is None else file_of(artifact, FILENAME)
    return None if content is None else hashlib.sha256(content).hexdigest()


def _digest(of: Callable[[Path], str], path: Path) -> str | None:
    try:
        return of(path)
    except (GatehouseError, OSError):
        return None


def _finding(entry: Entry | None, text: str) -> Finding:
    return Finding(number=entry and entry.number, kind="registry", text=text)
