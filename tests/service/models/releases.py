"""Real releases in a real BentoML store, and a fleet that serves them."""

import shutil
from pathlib import Path

import bentoml
from sklearn.pipeline import Pipeline

from adapters.channel import read_channel
from core.models.card import Card, card_digest, save_card
from core.models.golden import golden_digest, make_golden, save_golden
from core.models.scorer.storage import load_scorer, scorer_digest
from core.release import GOLDEN_FILE, SCORER_FOLDER, Bundle, Release
from core.serving import ServingSettings
from service import runtime
from service.models.fleet import Fleet
from service.models.follow import Follower
from service.models.loaded import LoadedModel, load_model
from service.release import pinned_folder
from service.runtime import Runtime
from tests.channels import write_channel
from tests.service.models.recorder import Recorder
from tests.serving import Fitted

SETTINGS = ServingSettings(reload_seconds=0.05)
LINEAGE = {"trained_at": "2026-01-01T00:00:00Z", "data_fingerprint": "f", "config_hash": "c"}


def publish(
    fitted: Fitted,
    version: str,
    *,
    name: str = "news",
    scorer: Path | None = None,
    golden_of: Pipeline | None = None,
    card: Card | None = None,
) -> Release:
    """Store a model with the golden answers of its estimator, or of another one."""
    tag = f"{name}:{version}-a"
    folder = scorer or fitted.scorer_folder
    with bentoml.models.create(tag) as model:
        shutil.copytree(folder, Path(model.path_of(SCORER_FOLDER)))
        golden = Path(model.path_of(GOLDEN_FILE))
        expected = (golden_of or fitted.estimator).predict_proba(fitted.texts)
        answers = make_golden(expected, load_scorer(folder), fitted.texts)
        save_golden(answers, golden)
        digests = {"golden_sha256": golden_digest(golden)}
        if card is not None:
            save_card(card, Path(model.path))
            digests["card_sha256"] = card_digest(card)
    return record(version, name=name, scorer_sha256=scorer_digest(folder), **digests)


def record(version: str, *, name: str = "news", **digests: str) -> Release:
    """A release, of no bytes in particular unless their digests are given."""
    facts = {"metrics": {"test": {"accuracy": 0.9}}, "lineage": LINEAGE, "released_at": "today"}
    unknown = {"scorer_sha256": "0" * 64, "golden_sha256": "0" * 64}
    tag = f"{name}:{version}-a"
    return Release(name=name, version=version, model_tag=tag, **facts | unknown | digests)


def champion(release: Release) -> None:
    """Release a version; who stands beside it stays, unless it is that version."""
    channel = read_channel(release.name)
    rival = channel.challenger if channel else None
    write_channel(release.name, release, None if rival == release else rival)


def challenger(release: Release | None, name: str = "news") -> None:
    """Set or take away a challenger; the champion stays."""
    channel = read_channel(name)
    write_channel(name, channel.champion if channel else None, release)


def loaded(fitted: Fitted, version: str) -> LoadedModel:
    release = publish(fitted, version)
    return load_model(release, pinned_folder(release))


def follower(pinned: Release, events: Recorder | None = None) -> Follower:
    """Of a server that starts now."""
    folder = runtime.create(Bundle(releases=(pinned,)))
    return Follower(pinned, SETTINGS, Runtime(folder), events or Recorder())


def fleet(pinned: Release, settings: ServingSettings = SETTINGS) -> tuple[Fleet, Runtime]:
    """The only worker of a server that starts now."""
    bundle = Bundle(releases=(pinned,), serving=settings)
    state = Runtime(runtime.create(bundle))
    return Fleet(bundle, settings, state, Recorder()), state
