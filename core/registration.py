"""How the command line finds running servers: each keeps a file in the releases home it follows."""

from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from core.files import is_locked

SERVICES_FOLDER = "services"


class Registration(BaseModel):
    """A running server: the content of ``services/ID.json``, which it holds locked while it lives.

    Attributes:
        url: Where it answers, as seen from its own machine.
        models: The names it serves.
        pid: Of the parent of its workers.
    """

    # A server may be newer than whoever reads, and say more.
    model_config = ConfigDict(extra="ignore", frozen=True)

    url: str
    models: tuple[str, ...]
    pid: int


class Registered(NamedTuple):
    """What lies in a releases home.

    Attributes:
        servers: Those that live.
        unreadable: By file, why it does not say who lives.
    """

    servers: list[Registration]
    unreadable: dict[Path, str]


def registered(home: Path) -> Registered:
    """The servers that live and follow a releases home; files of dead ones are removed."""
    found = Registered([], {})
    for path in sorted((home / SERVICES_FOLDER).glob("*.json")):
        try:
            if is_locked(path):
                found.servers.append(Registration.model_validate_json(path.read_bytes()))
            else:
                path.unlink(missing_ok=True)
        except FileNotFoundError:  # it ended just now
            continue
        except ValidationError as error:
            found.unreadable[path] = f"it is damaged ({error.errors()[0]['msg']})"
        except OSError as error:
            found.unreadable[path] = str(error.strerror)
    return found
