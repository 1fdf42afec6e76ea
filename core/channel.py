"""Where released models and their channels lie: the layout that release and service share.

A releases home is BentoML's home: ``models/NAME/VERSION/`` and, beside it, ``channels/NAME.json``.
"""

import re
from pathlib import Path

from pydantic import ValidationError

from core.errors import ReleaseError
from core.release import CHANNELS_FOLDER, Channel

MODELS_FOLDER = "models"
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def channel_path(home: Path, name: str) -> Path:
    """The file of a model's channel.

    Raises:
        ReleaseError: the name is no plain file name.
    """
    return home / CHANNELS_FOLDER / f"{_part(name)}.json"


def model_path(home: Path, tag: str) -> Path:
    """The folder of the model with an exact tag.

    Raises:
        ReleaseError: name or version are no plain file names.
    """
    name, _, version = tag.partition(":")
    return home / MODELS_FOLDER / _part(name) / _part(version)


def parse_channel(content: bytes, name: str) -> Channel:
    """The channel of a model from the content of its file.

    Raises:
        ReleaseError: it is damaged, or another model's.
    """
    try:
        channel = Channel.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise ReleaseError(
            f"the channel of {name} is damaged: {where}: {first['msg']}; "
            "mend it: run.py doctor --fix"
        ) from None
    for release in (channel.champion, channel.challenger):
        if release is not None and release.name != name:
            raise ReleaseError(f"the channel of {name} names a release of {release.name}")
    return channel


def _part(part: str) -> str:
    if not _PART.fullmatch(part):
        raise ReleaseError(f"{part!r} is no name for a file; use letters, digits, '.', '_' and '-'")
    return part
