"""Lets the command line find this server, to ask it over HTTP what it serves."""

import atexit
import fcntl
import logging
import os
import secrets
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO

from core.registration import SERVICES_FOLDER, Registration
from service.release import releases_home

logger = logging.getLogger(__name__)
# Open files are the locks; they go with the process, however it ends.
_lives: list[BinaryIO] = []


def register(models: tuple[str, ...], url: str) -> None:
    """Be found until this process ends; where the releases home can't be written, say so."""
    try:
        folder = releases_home() / SERVICES_FOLDER
        # Whoever could write here would be asked, and given the key.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _publish(folder, Registration(url=url, models=models, pid=os.getpid()))
    except OSError as error:
        logger.warning(
            "rollback can't find this server by itself (%s); name it there: --service URL", error
        )
        return
    atexit.register(_remove, path, os.getpid())


def url_of(host: str, port: int) -> str:
    """Where a server that listens there answers, for a client on the same machine."""
    address = ip_address(host)
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{shown}:{port}"


def _publish(folder: Path, registration: Registration) -> Path:
    name = secrets.token_hex(8)
    path, hidden = folder / f"{name}.json", folder / f".{name}"
    life = open(hidden, "xb", opener=_for_the_owner)  # noqa: SIM115 - kept open
    # Locked before anybody sees it, or it would be taken for a dead server's.
    fcntl.flock(life, fcntl.LOCK_EX)
    life.write(registration.model_dump_json().encode())
    life.flush()
    hidden.rename(path)
    _lives.append(life)
    return path


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _remove(path: Path, owner: int) -> None:
    # A forked child ends like its parent.
    if os.getpid() == owner:
        path.unlink(missing_ok=True)
