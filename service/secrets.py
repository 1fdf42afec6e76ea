"""Secrets come from the environment or from files, and never half."""

import os
import stat
from pathlib import Path

from core.errors import ConfigError

KNOWN = frozenset(
    {
        "GATEHOUSE_API_KEYS",
        "GATEHOUSE_JWT_SECRET",
        "GATEHOUSE_JWT_PUBLIC_KEY",
        "GATEHOUSE_JWT_AUDIENCE",
        "GATEHOUSE_JWT_ISSUER",
    }
)


ALIKE = ("GATEHOUSE_API", "GATEHOUSE_JWT", "GATEHOUSE_KEY", "GATEHOUSE_AUTH", "GATEHOUSE_TOKEN")


def secret(name: str) -> str | None:
    """The value of a variable, or the content of the file that ``NAME_FILE`` names.

    None when neither is set. The end of the file's last line is no part of the secret.

    Raises:
        ConfigError: Both are set, one is empty, or the file can't be trusted or read.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value is not None and path is not None:
        raise ConfigError(f"{name} and {name}_FILE are both set; unset one")
    if path is not None:
        name, value = f"{name}_FILE", _read(f"{name}_FILE", path).rstrip("\r\n")
    if value is not None and not value.strip():
        raise ConfigError(f"{name} is set but empty; give it a value or unset it")
    return value


def refuse_unknown_names() -> None:
    """A misspelt variable must not leave the server open.

    Raises:
        ConfigError: A variable begins like ours and is none of them.
    """
    known = KNOWN | {f"{name}_FILE" for name in KNOWN}
    ours = {name for name in os.environ if name.startswith(ALIKE)}
    if unknown := sorted(ours - known):
        raise ConfigError(f"{unknown[0]} is unknown; known are {', '.join(sorted(KNOWN))}")


def _read(name: str, path: str) -> str:
    if not Path(path).is_absolute():
        raise ConfigError(f"{name}: {path!r} is relative; workers run elsewhere, give all of it")
    try:
        mode = Path(path).stat().st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError(f"{name}: {path!r} is no file")
        if mode & stat.S_IWOTH:
            raise ConfigError(f"{name}: everybody may write {path!r}; chmod o-w it")
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name}: {path!r} can't be read: {error}") from error
