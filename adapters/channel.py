"""Writes what is released of a model into its channel, which running services follow."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from core.channel import channel_path, parse_channel
from core.files import locked, replace_file
from core.release import Channel, Release

Change = Callable[[Channel], Channel]
_EMPTY = Channel.model_construct(sequence=0, champion=None)


def read_channel(name: str) -> Channel | None:
    """What is released of a model now; None if nothing ever was.

    Raises:
        ReleaseError: the channel is damaged.
    """
    return _read(channel_path(_home(), name))


def set_champion(release: Release, undo: ExitStack) -> Channel:
    """Release a version: services that follow the model answer with it from now on.

    A challenger of the same bytes has thereby won, and goes. ``undo`` restores what was there
    under a new sequence number, unless somebody else has changed it since.

    Raises:
        ReleaseError: the channel is damaged.
    """

    def change(channel: Channel) -> Channel:
        rival = channel.challenger
        won = rival is not None and rival.scorer_sha256 == release.scorer_sha256
        return Channel(
            sequence=channel.sequence + 1, champion=release, challenger=None if won else rival
        )

    return _change(release.name, change, undo)


def set_challenger(release: Release | None, name: str, undo: ExitStack) -> Channel:
    """Put a version beside the champion, or take it away; ``undo`` as for the champion.

    The sequence number stays: a server whose Bento is not the champion keeps serving that Bento.

    Raises:
        ReleaseError: the channel is damaged, or the release is another model's.
    """

    def change(channel: Channel) -> Channel:
        return Channel(
            sequence=max(channel.sequence, 1), champion=channel.champion, challenger=release
        )

    return _change(name, change, undo)


def _change(name: str, change: Change, undo: ExitStack) -> Channel:
    path = channel_path(_home(), name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(_lock(path)):
        former = _read(path) or _EMPTY
        changed = change(former)
        _write(path, changed)
        undo.callback(_restore, path, former, changed)
    return changed


def _restore(path: Path, former: Channel, changed: Channel) -> None:
    with locked(_lock(path)):
        channel = _read(path)
        if channel is None or _releases(channel) != _releases(changed):
            return
        is_same = former.champion == changed.champion
        sequence = channel.sequence if is_same else channel.sequence + 1
        _write(path, former.model_copy(update={"sequence": sequence}))


def _releases(channel: Channel) -> tuple[Release | None, Release | None]:
    return channel.champion, channel.challenger


def _read(path: Path) -> Channel | None:
    return parse_channel(path.read_bytes(), path.stem) if path.exists() else None


def _write(path: Path, channel: Channel) -> None:
    content = channel.model_dump_json(indent=2).encode() + b"\n"
    parse_channel(content, path.stem)
    replace_file(path, content, durable=True)


def _lock(path: Path) -> Path:
    return path.with_suffix(".lock")


def _home() -> Path:
    from bentoml._internal.configuration.containers import BentoMLContainer

    return Path(BentoMLContainer.bentoml_home.get())
