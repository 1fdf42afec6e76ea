"""What one slot serves while its channel changes."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from core.channel import channel_path
from core.release import Bundle
from service import runtime
from service.models.follow import Follower
from service.release import pinned_folder
from service.runtime import Runtime, current_folder
from tests.service.models.recorder import Recorder
from tests.service.models.releases import SETTINGS, challenger, champion, follower, publish, record
from tests.serving import Fitted


def serves(following: Follower, fitted: Fitted, version: str) -> None:
    model = following.slot.champion
    assert model.version == version
    expected = fitted.estimator.predict_proba(fitted.texts[:5])
    found = model.predict_batch(fitted.texts[:5])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_a_new_champion_is_followed_and_the_old_one_leaves_memory(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    pinned = publish(fitted, "1")
    champion(pinned)
    events = Recorder()
    following = follower(pinned, events)
    serves(following, fitted, "1")
    old = weakref.ref(following.slot.champion)
    champion(publish(rival, "2"))
    gc.disable()
    try:
        following.look()
        assert old() is None
    finally:
        gc.enable()
    serves(following, rival, "2")
    assert following.slot.refused is None
    assert events.reloads == [("news", "swapped")]
    following.look()
    assert len(events.reloads) == 1, "nothing has changed"


def test_a_rollback_to_the_pinned_release_is_followed(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    pinned = publish(fitted, "1")
    champion(pinned)
    following = follower(pinned)
    champion(publish(rival, "2"))
    following.look()
    champion(pinned)
    following.look()
    serves(following, fitted, "1")


def test_an_older_bento_can_be_served_on_purpose(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    pinned = publish(fitted, "1")
    newer = publish(rival, "2")
    champion(newer)
    following = follower(pinned)
    serves(following, fitted, "1")
    challenger(publish(rival, "3"))
    following.look()
    serves(following, fitted, "1")
    assert following.slot.challenger is not None
    assert following.slot.challenger.version == "3"
    champion(pinned)
    champion(newer)
    following.look()
    serves(following, rival, "2")


def test_a_worker_that_starts_again_agrees_with_the_others(
    bentoml_home: Path, fitted: Fitted, rival: Fitted, caplog: pytest.LogCaptureFixture
) -> None:
    pinned = publish(fitted, "1")
    following = follower(pinned)
    champion(publish(rival, "2"))
    following.look()
    again = Follower(pinned, SETTINGS, Runtime(current_folder()), Recorder())
    serves(again, rival, "2")

    champion(record("3"))
    following.look()
    again = Follower(pinned, SETTINGS, Runtime(current_folder()), Recorder())
    for one in (following, again):
        serves(one, rival, "2")
        assert "champion 3 is refused: model news:3-a is not in" in (one.slot.refused or "")
    assert "2 goes on" in caplog.text


@pytest.mark.parametrize("file", ["scorer/arrays.npz", "golden.json"])
def test_a_damaged_release_is_refused_until_it_is_mended(
    bentoml_home: Path, fitted: Fitted, rival: Fitted, file: str
) -> None:
    events = Recorder()
    following = follower(publish(fitted, "1"), events)
    new = publish(rival, "2")
    path = pinned_folder(new) / file
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    champion(new)
    following.look()
    serves(following, fitted, "1")
    assert "champion 2 is refused" in (following.slot.refused or "")
    assert events.reloads == [("news", "refused")]
    path.write_bytes(content)
    following.look()
    serves(following, fitted, "1")
    following.look(again=True)
    serves(following, rival, "2")
    assert following.slot.refused is None


def test_golden_answers_of_another_model_are_refused(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    following = follower(publish(fitted, "1"))
    champion(publish(rival, "2", golden_of=fitted.estimator))
    following.look()
    serves(following, fitted, "1")
    assert "does not answer as its estimator did" in (following.slot.refused or "")


@pytest.mark.parametrize("content", ["", "{", '{"sequence": 7, "champion": 3}', "[" * 100_000])
def test_an_unreadable_channel_changes_nothing(
    bentoml_home: Path, fitted: Fitted, rival: Fitted, content: str
) -> None:
    following = follower(publish(fitted, "1"))
    champion(publish(rival, "2"))
    following.look()
    path = channel_path(bentoml_home, "news")
    path.write_text(content)
    following.look()
    serves(following, rival, "2")
    assert "the channel of news is damaged" in (following.slot.refused or "")


def test_a_channel_that_is_mended_after_the_start_is_followed(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    path = channel_path(bentoml_home, "news")
    path.parent.mkdir()
    path.write_text("{")
    following = follower(publish(fitted, "1"))
    serves(following, fitted, "1")
    assert following.slot.refused
    path.unlink()
    champion(publish(rival, "2"))
    following.look()
    serves(following, rival, "2")


@pytest.mark.parametrize("tag", ["..:..", "news:..", ".:x"])
def test_a_tag_leads_nowhere_else(bentoml_home: Path, fitted: Fitted, tag: str) -> None:
    following = follower(publish(fitted, "1"))
    champion(publish(fitted, "2").model_copy(update={"model_tag": tag}))
    following.look()
    serves(following, fitted, "1")
    assert "no name for a file" in (following.slot.refused or "")


def test_a_prefix_of_a_version_is_not_that_version(bentoml_home: Path, fitted: Fitted) -> None:
    following = follower(publish(fitted, "1"))
    new = publish(fitted, "2")
    champion(new.model_copy(update={"model_tag": "news:2"}))
    following.look()
    assert "news:2 is not in" in (following.slot.refused or "")


def test_a_challenger_comes_and_goes(bentoml_home: Path, fitted: Fitted, rival: Fitted) -> None:
    pinned, other = publish(fitted, "1"), publish(rival, "2")
    champion(pinned)
    challenger(other)
    following = follower(pinned)
    assert following.slot.challenger is not None
    assert following.slot.challenger.release == other
    challenger(None)
    following.look()
    assert following.slot.challenger is None
    challenger(other)
    following.look()
    champion(other)
    following.look()
    serves(following, rival, "2")
    assert following.slot.challenger is None


def test_a_refused_challenger_leaves_the_champion_alone(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    following = follower(publish(fitted, "1"))
    challenger(publish(rival, "2", golden_of=fitted.estimator))
    champion(publish(fitted, "3"))
    following.look()
    serves(following, fitted, "3")
    assert following.slot.challenger is None
    assert "challenger 2 is refused" in (following.slot.refused or "")


def test_many_quick_changes_end_at_the_last(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    releases = [publish(fitted, "1"), publish(rival, "2")]
    following = follower(releases[0])
    for number in range(20):
        champion(releases[number % 2])
        following.look()
        serves(following, (fitted, rival)[number % 2], str(number % 2 + 1))


def test_a_server_of_an_older_bento_says_so(
    bentoml_home: Path, fitted: Fitted, rival: Fitted, caplog: pytest.LogCaptureFixture
) -> None:
    pinned = publish(fitted, "1")
    champion(publish(rival, "2"))
    following = follower(pinned)
    assert following.slot.champion.version == "1"
    assert following.slot.released == "2"
    assert "version 1 of the Bento answers, version 2 is released" in caplog.text


def test_a_server_may_start_with_what_is_released(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    pinned = publish(fitted, "1")
    champion(publish(rival, "2"))
    folder = runtime.create(Bundle(releases=(pinned,)))
    settings = SETTINGS.model_copy(update={"start": "released"})
    following = Follower(pinned, settings, Runtime(folder), Recorder())
    assert following.slot.champion.version == "2"
    assert following.slot.released is None


def test_a_channel_that_begins_anew_is_followed(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    pinned = publish(fitted, "1")
    champion(pinned)
    following = follower(pinned)
    (bentoml_home / "channels/news.json").unlink()
    champion(publish(rival, "2"))
    following.look()
    assert following.slot.champion.version == "2"
