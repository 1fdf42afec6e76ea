"""Names for a model: of a file, or as given."""

import re
from pathlib import PurePath

from core.config.tasks import TASKS
from core.errors import ConfigError

_LONGEST = 63
_VALID = re.compile(r"^[a-z]([a-z0-9_]{0,61}[a-z0-9])?$")


def model_name(given: str | None, data: str) -> str:
    """The name that was given, or one made of the file's or the data set's.

    Raises:
        ConfigError: it is no name of a model, or of a suite that comes with Gatehouse.
    """
    name = given if given is not None else _made(data)
    if not _VALID.match(name):
        raise ConfigError(
            f"--name {name!r}: a name has a-z, 0-9 and _, at most {_LONGEST}, begins with a letter "
            "and ends with a letter or digit; give another --name"
        )
    if name in {kind.suite for kind in TASKS.values()}:
        raise ConfigError(
            f"--name {name!r}: is the name of a suite that comes with Gatehouse; give another "
            "--name"
        )
    return name


def _made(data: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", PurePath(data).stem.lower()).strip("_")
    # ZenML would take what could begin an id for one.
    is_plain = words[:1].isalpha() and not re.fullmatch("[0-9a-f]+", words)
    return (words if is_plain else f"data_{words}")[:_LONGEST].strip("_")
