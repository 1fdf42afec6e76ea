"""The card of a real release, wherever it is kept, and of one that was undone."""

from typing import TYPE_CHECKING

import mlflow
import pytest
from zenml.client import Client

from adapters.bento import delete_bento
from adapters.card import LONGEST_DESCRIPTION, PAGE, TEXT, describe, released_card
from adapters.channel import bentoml_home
from adapters.components import model_registry
from adapters.restore import bento_is_whole, restore_bento
from adapters.versions import ReleasedVersion, require_version
from core.channel import model_path
from core.models.card import MARKDOWN_FILE, Card, card_digest, load_card

if TYPE_CHECKING:
    from tests.adapters.changes import Source

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def version(source: "Source") -> ReleasedVersion:
    """Released as ``carded``."""
    return require_version("carded", source.release("carded").version)


def kept(name: str) -> set[str]:
    """Everything that carries a card of a model, but for BentoML's store."""
    return {
        f"{artifact} {found.version}"
        for artifact in (PAGE, TEXT)
        for found in Client().list_artifact_versions(artifact=artifact, size=1000).items
        if found.version.startswith(f"{name}-")
    }


def logged(run_id: str) -> set[str]:
    return {file.path for file in model_registry().mlflow_client.list_artifacts(run_id, PAGE)}


def test_zenml_mlflow_and_bentoml_have_the_same_card(version: ReleasedVersion) -> None:
    release = version.release
    card = released_card(version)
    assert card is not None
    assert card_digest(card) == release.card_sha256
    assert load_card(model_path(bentoml_home(), release.model_tag), card_digest(card)) == card
    run, place = str(version.facts["tracking_run_id"]), f"{PAGE}/{version.bento.partition(':')[2]}"
    for suffix, text in (("html", card.html), ("md", card.markdown)):
        assert mlflow.artifacts.load_text(f"runs:/{run}/{place}.{suffix}") == text
    described = model_registry().mlflow_client.get_model_version("carded", version.mlflow_version)
    assert described.description == describe(card, f"{place}.md")


def test_the_card_says_what_was_released(version: ReleasedVersion) -> None:
    card = released_card(version)
    assert card is not None
    for fact in ("model_sha256", "config_hash", "data_fingerprint", "run_id", "tracking_run_id"):
        assert str(version.facts[fact]) in card.html
    assert version.bento in card.html
    assert f"Version {version.number}, released " in card.html


def test_a_lost_bento_comes_back_with_its_card(version: ReleasedVersion) -> None:
    folder = model_path(bentoml_home(), version.release.model_tag)
    (folder / MARKDOWN_FILE).write_text("# Trust me\n")
    assert not bento_is_whole(version)
    restore_bento(version)
    assert bento_is_whole(version)
    delete_bento(version.bento)
    restore_bento(version)
    assert load_card(folder, str(version.release.card_sha256)) == released_card(version)


def test_a_release_that_is_undone_leaves_no_card(
    source: "Source", monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        assert kept("uncarded")
        assert logged(run) > before
        raise OSError("no room")

    steps = Client().get_pipeline_run(source.run_id).steps
    run = steps["submit"].outputs["case"][0].load().selected.tracking_run_id
    before = logged(run)
    monkeypatch.setattr("adapters.release.build_bento", fail)
    with pytest.raises(OSError, match="no room"):
        source.release("uncarded")
    assert kept("uncarded") == set()
    assert logged(run) == before


def test_a_long_card_is_described_by_its_first_sections() -> None:
    short = Card(html="", markdown="# Card\n\n## One\n\ntext\n")
    assert describe(short, "place") == short.markdown
    sections = "".join(f"\n\n## Section {n}\n\n{'x' * 300}" for n in range(30))
    text = describe(Card(html="", markdown=f"# Card{sections}\n"), "place")
    assert len(text) <= LONGEST_DESCRIPTION
    assert text.endswith(f"{'x' * 300}\n\nThe whole card is place of the run.\n")
