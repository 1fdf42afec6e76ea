"""The channel of a model: who writes it, and what an undo leaves."""

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.channel import read_channel, set_challenger, set_champion
from core.channel import channel_path
from core.errors import ReleaseError
from core.release import Channel, Release

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


@pytest.fixture
def kept() -> ExitStack:
    """Undos that nobody runs."""
    return ExitStack()


def test_every_champion_counts(bentoml_home: Path, kept: ExitStack) -> None:
    assert read_channel("news") is None
    for sequence, release in enumerate((ONE, TWO, ONE), start=1):
        written = set_champion(release, kept)
        assert written == Channel(sequence=sequence, champion=release)
        assert read_channel("news") == written


def test_a_challenger_comes_and_goes_beside_the_champion(
    bentoml_home: Path, kept: ExitStack
) -> None:
    set_champion(ONE, kept)
    set_challenger(TWO, "news", kept)
    # The number is the champion's: servers with a Bento pinned on purpose have not to follow.
    assert read_channel("news") == Channel(sequence=1, champion=ONE, challenger=TWO)
    set_champion(THREE, kept)
    assert read_channel("news") == Channel(sequence=2, champion=THREE, challenger=TWO)
    set_challenger(None, "news", kept)
    assert read_channel("news") == Channel(sequence=2, champion=THREE)


def test_a_challenger_that_wins_stands_no_longer_beside(
    bentoml_home: Path, kept: ExitStack
) -> None:
    set_challenger(TWO, "news", kept)
    assert read_channel("news") == Channel(sequence=1, champion=None, challenger=TWO)
    set_champion(TWO, kept)
    assert read_channel("news") == Channel(sequence=2, champion=TWO)


def test_an_undo_is_a_change_of_its_own(bentoml_home: Path, kept: ExitStack) -> None:
    with ExitStack() as undo:
        set_champion(ONE, undo)
    assert read_channel("news") == Channel(sequence=2, champion=None)
    set_champion(ONE, kept)
    set_challenger(TWO, "news", kept)
    with ExitStack() as undo:
        set_champion(TWO, undo)
        assert read_channel("news") == Channel(sequence=4, champion=TWO)
    assert read_channel("news") == Channel(sequence=5, champion=ONE, challenger=TWO)
    with ExitStack() as undo:
        set_challenger(None, "news", undo)
    assert read_channel("news") == Channel(sequence=5, champion=ONE, challenger=TWO)


def test_undos_run_in_reverse(bentoml_home: Path, kept: ExitStack) -> None:
    set_champion(ONE, kept)
    with ExitStack() as undo:
        set_challenger(TWO, "news", undo)
        set_champion(THREE, undo)
    restored = read_channel("news")
    assert restored is not None
    assert (restored.champion, restored.challenger) == (ONE, None)


def test_an_undo_leaves_what_somebody_else_released(bentoml_home: Path, kept: ExitStack) -> None:
    with ExitStack() as undo:
        set_champion(ONE, undo)
        set_champion(TWO, kept)
    assert read_channel("news") == Channel(sequence=2, champion=TWO)


def test_no_release_is_lost(bentoml_home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: set_champion(ONE, ExitStack()), range(40)))
    assert sorted(channel.sequence for channel in written) == list(range(1, 41))
    left = {path.name for path in (bentoml_home / "channels").iterdir()}
    assert left == {"news.json", "news.lock"}


def test_other_users_can_read_it(bentoml_home: Path, kept: ExitStack) -> None:
    set_champion(ONE, kept)
    beside = bentoml_home / "beside"
    beside.touch()
    mode = channel_path(bentoml_home, "news").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IMODE(beside.stat().st_mode)


def test_another_models_release_is_refused(bentoml_home: Path, kept: ExitStack) -> None:
    set_champion(ONE, kept)
    with pytest.raises(ReleaseError, match="the channel of spam names a release of news"):
        set_challenger(TWO, "spam", kept)
    assert read_channel("spam") is None


@pytest.mark.parametrize("name", ["../news", "..", ".news", "", "a/b"])
def test_a_name_is_no_path(bentoml_home: Path, kept: ExitStack, name: str) -> None:
    with pytest.raises(ReleaseError, match="no name for a file"):
        set_challenger(None, name, kept)


def test_a_damaged_channel_is_not_written_over(bentoml_home: Path, kept: ExitStack) -> None:
    set_champion(ONE, kept)
    path = channel_path(bentoml_home, "news")
    path.write_text('{"sequence": 0, "champion": null}')
    with pytest.raises(ReleaseError, match=r"damaged: sequence: .*remove channels/news\.json"):
        set_champion(TWO, kept)
    assert path.read_text() == '{"sequence": 0, "champion": null}'
