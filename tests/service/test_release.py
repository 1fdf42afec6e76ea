"""Which releases a server accepts, and where it finds them."""

import json
from pathlib import Path
from typing import Any

import bentoml
import pytest

from core.errors import ReleaseError
from core.release import Bundle
from service.models.loaded import load_model
from service.release import (
    HOME_VARIABLE,
    pinned_folder,
    read_bundle,
    released_folder,
    releases_home,
)
from tests.service.models.releases import publish, record
from tests.serving import Fitted

FILES = ["scorer/scorer.json", "scorer/arrays.npz", "golden.json"]


@pytest.mark.parametrize("position", [0, 0.5, 1])
@pytest.mark.parametrize("file", FILES)
def test_one_altered_bit_is_refused(
    bentoml_home: Path, fitted: Fitted, file: str, position: float
) -> None:
    release = publish(fitted, "3")
    path = pinned_folder(release) / file
    content = bytearray(path.read_bytes())
    content[int(position * (len(content) - 1))] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        ReleaseError, match=r"news:3-a can't be served: .*(not the released|was altered)"
    ):
        load_model(release, pinned_folder(release))


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_refused(bentoml_home: Path, fitted: Fitted, file: str) -> None:
    release = publish(fitted, "3")
    (pinned_folder(release) / file).unlink()
    with pytest.raises(ReleaseError, match="news:3-a can't be served"):
        load_model(release, pinned_folder(release))


def test_a_missing_model_is_refused(bentoml_home: Path) -> None:
    with pytest.raises(ReleaseError, match="news:3-a can't be read"):
        pinned_folder(record("3"))


def test_a_longer_version_does_not_stand_in(bentoml_home: Path, fitted: Fitted) -> None:
    release = publish(fitted, "3")
    short = release.model_copy(update={"model_tag": "news:3"})
    with pytest.raises(ReleaseError, match="the store offers news:3-a"):
        pinned_folder(short)


def test_later_releases_come_from_the_releases_home(
    bentoml_home: Path, fitted: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned, later = publish(fitted, "1"), publish(fitted, "2")
    assert releases_home() == bentoml_home
    assert released_folder(later, pinned) == pinned_folder(later)
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv(HOME_VARIABLE, str(elsewhere))
    with pytest.raises(ReleaseError, match=f"news:2-a is not in {elsewhere}"):
        released_folder(later, pinned)
    (elsewhere / "models" / "news" / "2-a").mkdir(parents=True)
    assert released_folder(later, pinned) == elsewhere / "models" / "news" / "2-a"
    # The Bento's own model needs no other place.
    assert released_folder(pinned, pinned) == Path(bentoml.models.get("news:1-a").path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_tag": "news"}, r"releases\.0\.model_tag"),
        ({"scorer_sha256": "abc"}, "scorer_sha256"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_damaged_record_names_the_key(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    bundle = Bundle(releases=(record("3"),))
    path = tmp_path / "release.json"
    path.write_text(bundle.model_dump_json())
    assert read_bundle(path) == bundle
    path.write_text(json.dumps({"releases": [record("3").model_dump() | change]}))
    with pytest.raises(ReleaseError, match=f"{message}.*build the Bento again"):
        read_bundle(path)


def test_the_sources_alone_are_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="serve a built Bento"):
        read_bundle(tmp_path / "release.json")
