"""How the command line finds running servers: each keeps a file in the releases home it follows."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import GatehouseError
from core.files import is_locked

SERVICES_FOLDER = "services"


class Registration(BaseModel):
    """A running server: the content of ``services/ID.json``, which it holds locked while it lives.

    Attributes:
        url: Where it answers, as seen from its own machine.
        models: The names it serves.
        pid: Of the parent of its workers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    models: tuple[str, ...]
    pid: int


def registered(home: Path) -> list[Registration]:
    """The servers that live and follow a releases home; files of dead ones are removed.

    Raises:
        GatehouseError: a living server's file is damaged.
    """
    found = []
    for path in sorted((home / SERVICES_FOLDER).glob("*.json")):
        try:
            if is_locked(path):
                found.append(_parse(path))
            else:
                path.unlink(missing_ok=True)
        except FileNotFoundError:  # it ended just now
            continue
    return found


def _parse(path: Path) -> Registration:
    try:
        return Registration.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise GatehouseError(
            f"{path} is damaged ({error.errors()[0]['msg']}); restart the server that wrote it"
        ) from None
