"""Where models and channels lie, and what a channel may say."""

from pathlib import Path

import pytest

from core.channel import channel_path, model_path, parse_channel
from core.errors import ReleaseError
from core.release import Channel

HOME = Path("home")


def test_places() -> None:
    assert channel_path(HOME, "ag_news") == HOME / "channels" / "ag_news.json"
    assert model_path(HOME, "ag_news:3-1a2b") == HOME / "models" / "ag_news" / "3-1a2b"


@pytest.mark.parametrize("part", ["", ".", "..", "../x", "a/b", "/etc", ".hidden", "a\0", "a\n"])
def test_no_name_leads_out_of_the_home(part: str) -> None:
    for tag in (f"{part}:3", f"news:{part}"):
        with pytest.raises(ReleaseError, match="no name for a file"):
            model_path(HOME, tag)
    with pytest.raises(ReleaseError, match="no name for a file"):
        channel_path(HOME, part)


def test_a_channel_survives_its_file() -> None:
    channel = Channel(sequence=3, champion=None)
    assert parse_channel(channel.model_dump_json().encode(), "news") == channel


@pytest.mark.parametrize(
    ("content", "where"),
    [(b"", "file"), (b'{"sequence": 0, "champion": null}', "sequence"), (b"\xff", "file")],
)
def test_damage_is_named(content: bytes, where: str) -> None:
    with pytest.raises(ReleaseError, match=f"the channel of news is damaged: {where}: "):
        parse_channel(content, "news")
