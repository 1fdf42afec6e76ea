"""Writes what is released of a model into its channel, which running services follow."""

from pathlib import Path

from core.channel import channel_path, parse_channel
from core.files import locked, replace_file
from core.release import Channel, Release


def read_channel(name: str) -> Channel | None:
    """What is released of a model now; None if nothing ever was.

    Raises:
        ReleaseError: the channel is damaged.
    """
    return _read(channel_path(bentoml_home(), name))


def write_channel(name: str, champion: Release | None, challenger: Release | None) -> None:
    """Release a version: services that follow the model answer with the champion from now on.

    The sequence number counts changes of the champion: a server whose Bento is not the champion
    keeps serving that Bento when a challenger comes or goes. What is there already is not written
    again.

    Raises:
        ReleaseError: the channel is damaged, or a release is another model's.
    """
    path = channel_path(bentoml_home(), name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_suffix(".lock")):
        former = _read(path)
        held = (former.champion, former.challenger) if former else (None, None)
        if held == (champion, challenger):
            return
        sequence = (former.sequence if former else 0) + (held[0] != champion)
        changed = Channel(sequence=max(sequence, 1), champion=champion, challenger=challenger)
        content = changed.model_dump_json(indent=2).encode() + b"\n"
        parse_channel(content, name)
        replace_file(path, content, durable=True)


def bentoml_home() -> Path:
    """Where this machine keeps models, Bentos and channels."""
    from bentoml._internal.configuration.containers import BentoMLContainer

    return Path(BentoMLContainer.bentoml_home.get())


def _read(path: Path) -> Channel | None:
    return parse_channel(path.read_bytes(), path.stem) if path.exists() else None
