"""Writes what is released of a model into its channel, which running services follow."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.channel import channel_path, parse_channel
from core.errors import ReleaseError
from core.files import locked, replace_file
from core.release import Channel, Release


class Told(NamedTuple):
    """What a channel tells services."""

    champion: Release | None = None
    challenger: Release | None = None


def read_channel(name: str) -> Channel | None:
    """What is released of a model now; None if nothing ever was.

    Raises:
        ReleaseError: the channel is damaged.
    """
    path = channel_path(bentoml_home(), name)
    return parse_channel(path.read_bytes(), name) if path.exists() else None


def update_channel(name: str, decide: Callable[[Told], Told]) -> None:
    """Change what a channel tells: services that follow it answer with its champion from now on.

    The sequence number counts changes of the champion: a server whose Bento is not the champion
    keeps serving that Bento when a challenger comes or goes. What is there already is not written
    again. A damaged file tells nothing; it is replaced, and kept as ``NAME.json.damaged``.

    Args:
        name: The model's name.
        decide: Gives what to tell, from what is told; nobody else writes while it is called.

    Raises:
        ReleaseError: a release is another model's.
    """
    path = channel_path(bentoml_home(), name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_suffix(".lock")):
        try:
            former, is_damaged = read_channel(name), False
        except ReleaseError:
            former, is_damaged = None, True
        told = Told(former.champion, former.challenger) if former else Told()
        wanted = decide(told)
        if wanted == told and not is_damaged:
            return
        sequence = (former.sequence if former else 0) + (told.champion != wanted.champion)
        if is_damaged:
            # Its count is lost; no count of releases comes near the clock, so services see a new
            # one.
            sequence = int(time.time())
        changed = Channel(sequence=max(sequence, 1), **wanted._asdict())
        content = changed.model_dump_json(indent=2).encode() + b"\n"
        parse_channel(content, name)
        if is_damaged:
            replace_file(path.with_name(f"{path.name}.damaged"), path.read_bytes())
        replace_file(path, content, durable=True)


def bentoml_home() -> Path:
    """Where this machine keeps models, Bentos and channels."""
    from bentoml._internal.configuration.containers import BentoMLContainer

    return Path(BentoMLContainer.bentoml_home.get())
