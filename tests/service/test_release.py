"""Which model a release accepts."""

import json
import shutil
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
import pytest

from core.errors import ReleaseError
from core.models.scorer.storage import scorer_digest
from core.release import SCORER_FOLDER, Release
from service.release import load_pinned_scorer, read_release, verified_folder
from tests.serving import FACTS, Fitted


def stored(fitted: Fitted, tag: str) -> Release:
    with bentoml.models.create(tag) as model:
        shutil.copytree(fitted.scorer_folder, Path(model.path_of(SCORER_FOLDER)))
    return Release(
        **FACTS.model_dump(),
        name="news",
        version="3",
        model_tag=tag,
        scorer_sha256=scorer_digest(fitted.scorer_folder),
    )


def test_the_pinned_scorer_is_the_estimator(bentoml_home: Path, fitted: Fitted) -> None:
    scorer = load_pinned_scorer(stored(fitted, "news:3-a"))
    expected = fitted.estimator.predict_proba(fitted.texts)
    np.testing.assert_allclose(scorer.predict_proba(fitted.texts), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("position", [0, 0.5, 1])
@pytest.mark.parametrize("name", ["scorer.json", "arrays.npz"])
def test_one_altered_bit_is_refused(
    bentoml_home: Path, fitted: Fitted, name: str, position: float
) -> None:
    release = stored(fitted, "news:3-a")
    file = verified_folder(release) / name
    content = bytearray(file.read_bytes())
    content[int(position * (len(content) - 1))] ^= 1
    file.write_bytes(content)
    with pytest.raises(ReleaseError, match="news:3-a was altered"):
        load_pinned_scorer(release)


def test_a_missing_model_is_refused(bentoml_home: Path, fitted: Fitted) -> None:
    release = stored(fitted, "news:3-a")
    bentoml.models.delete("news:3-a")
    with pytest.raises(ReleaseError, match="can't be read"):
        verified_folder(release)


def test_a_model_whose_file_is_gone_is_refused(bentoml_home: Path, fitted: Fitted) -> None:
    release = stored(fitted, "news:3-a")
    (verified_folder(release) / "arrays.npz").unlink()
    with pytest.raises(ReleaseError, match=r"arrays\.npz"):
        verified_folder(release)


def test_a_longer_version_does_not_stand_in(bentoml_home: Path, fitted: Fitted) -> None:
    release = stored(fitted, "news:3-a")
    stored(fitted, "news:3-ab")
    bentoml.models.delete("news:3-a")
    with pytest.raises(ReleaseError, match="the store offers news:3-ab"):
        verified_folder(release)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_tag": "news"}, "model_tag"),
        ({"scorer_sha256": "abc"}, "scorer_sha256"),
        ({"surprise": 1}, "surprise"),
        ({"limits": {"max_batch": 0}}, "limits.max_batch"),
    ],
)
def test_a_damaged_record_names_the_key(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    record = FACTS.model_dump() | {
        "name": "news",
        "version": "3",
        "model_tag": "news:3-a",
        "scorer_sha256": "0" * 64,
    }
    path = tmp_path / "release.json"
    path.write_text(json.dumps(record))
    assert read_release(path).model_tag == "news:3-a"
    path.write_text(json.dumps(record | change))
    with pytest.raises(ReleaseError, match=message):
        read_release(path)


def test_the_sources_alone_are_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="serve a built Bento"):
        read_release(tmp_path / "release.json")
