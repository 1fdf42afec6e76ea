"""The channel of a model: what is written, and what counts as a change."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.channel import Told, read_channel, update_channel
from core.channel import channel_path
from core.errors import ReleaseError
from core.release import Channel, Release
from tests.channels import write_channel

ONE, TWO, THREE = (
    Release(
        name="news",
        version=version,
        model_tag=f"news:{version}-a",
        scorer_sha256=version * 64,
        golden_sha256=version * 64,
        metrics={},
        lineage={},
        released_at="2026-01-01T00:00:00Z",
    )
    for version in "123"
)


def test_every_champion_counts(bentoml_home: Path) -> None:
    assert read_channel("news") is None
    for sequence, release in enumerate((ONE, TWO, ONE), start=1):
        write_channel("news", release, None)
        assert read_channel("news") == Channel(sequence=sequence, champion=release)


def test_a_challenger_comes_and_goes_beside_the_champion(bentoml_home: Path) -> None:
    write_channel("news", ONE, None)
    write_channel("news", ONE, TWO)
    # The number is the champion's: servers with a Bento pinned on purpose have not to follow.
    assert read_channel("news") == Channel(sequence=1, champion=ONE, challenger=TWO)
    write_channel("news", THREE, TWO)
    assert read_channel("news") == Channel(sequence=2, champion=THREE, challenger=TWO)
    write_channel("news", THREE, None)
    assert read_channel("news") == Channel(sequence=2, champion=THREE)


def test_a_challenger_may_come_first(bentoml_home: Path) -> None:
    write_channel("news", None, TWO)
    assert read_channel("news") == Channel(sequence=1, champion=None, challenger=TWO)


def test_going_back_is_a_change_of_its_own(bentoml_home: Path) -> None:
    write_channel("news", ONE, TWO)
    write_channel("news", None, None)
    assert read_channel("news") == Channel(sequence=2, champion=None)
    write_channel("news", ONE, TWO)
    assert read_channel("news") == Channel(sequence=3, champion=ONE, challenger=TWO)


def test_what_is_there_is_not_written_again(bentoml_home: Path) -> None:
    write_channel("news", None, None)
    assert read_channel("news") is None
    write_channel("news", ONE, TWO)
    path = channel_path(bentoml_home, "news")
    before = path.stat()
    write_channel("news", ONE, TWO)
    assert path.stat() == before


def test_writers_at_once_come_one_after_another(bentoml_home: Path) -> None:
    rivals = [ONE.model_copy(update={"version": str(n)}) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda release: write_channel("news", release, None), rivals))
    channel = read_channel("news")
    assert channel is not None
    assert channel.sequence == len(rivals)
    left = {path.name for path in (bentoml_home / "channels").iterdir()}
    assert left == {"news.json", "news.lock"}


def test_other_users_can_read_it(bentoml_home: Path) -> None:
    write_channel("news", ONE, None)
    beside = bentoml_home / "beside"
    beside.touch()
    mode = channel_path(bentoml_home, "news").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IMODE(beside.stat().st_mode)


def test_another_models_release_is_refused(bentoml_home: Path) -> None:
    with pytest.raises(ReleaseError, match="the channel of spam names a release of news"):
        write_channel("spam", None, TWO)
    assert read_channel("spam") is None


@pytest.mark.parametrize("name", ["../news", "..", ".news", "", "a/b"])
def test_a_name_is_no_path(bentoml_home: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match="no name for a file"):
        write_channel(name, None, None)


@pytest.mark.parametrize("damage", [b"", b"\xff", b'{"sequence": 0, "champion": null}'])
def test_a_damaged_channel_is_replaced_and_kept(bentoml_home: Path, damage: bytes) -> None:
    write_channel("news", ONE, None)
    path = channel_path(bentoml_home, "news")
    path.write_bytes(damage)
    with pytest.raises(ReleaseError, match=r"is damaged: .*; mend it: run.py doctor --fix"):
        read_channel("news")
    write_channel("news", TWO, None)
    channel = read_channel("news")
    assert channel is not None
    assert channel.champion == TWO
    assert channel.sequence > 1_000_000, "no service has seen this number"
    assert path.with_name("news.json.damaged").read_bytes() == damage
    write_channel("news", ONE, None)
    assert read_channel("news") == Channel(sequence=channel.sequence + 1, champion=ONE)


def test_what_is_decided_follows_what_is_told(bentoml_home: Path) -> None:
    write_channel("news", ONE, TWO)
    update_channel("news", lambda told: Told(told.challenger, told.champion))
    assert read_channel("news") == Channel(sequence=2, champion=TWO, challenger=ONE)
