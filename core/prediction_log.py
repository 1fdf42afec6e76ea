"""What the service that writes the prediction log and the monitoring that reads it agree on.

A log is a folder of Arrow IPC streams: ``predictions-*.arrows`` and ``feedback-*.arrows``. pyarrow
reads each of them; only :data:`ENDING` and the names of the columns are ours.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

Kind = Literal["predictions", "feedback"]
Type = Literal["time", "text", "integer", "number", "numbers"]

ENDING = ".arrows"
FOLDER = "GATEHOUSE_LOG_FOLDER"
KEY = "GATEHOUSE_LOG_KEY"
OWN_KEY = ".key"
KEY_BYTES = 32
HASH_BYTES = 16

# In the order of the files; any value may be missing. ``text`` is a raw text, or a plain row of
# ``core.features`` as a JSON object. Of a quantity there is ``value``, and no label.
COLUMNS: dict[Kind, dict[str, Type]] = {
    "predictions": {
        "time": "time",
        "request_id": "text",
        "model": "text",
        "version": "text",
        "role": "text",
        "text": "text",
        "text_hash": "text",
        "characters": "integer",
        "label_id": "integer",
        "label": "text",
        "confidence": "number",
        "probabilities": "numbers",
        "latency_ms": "number",
        "shadow_version": "text",
        "shadow_label_id": "integer",
        "shadow_confidence": "number",
        "shadow_value": "number",
        "value": "number",
    },
    "feedback": {
        "time": "time",
        "request_id": "text",
        "model": "text",
        "version": "text",
        "label_id": "integer",
        "label": "text",
        "predicted_label_id": "integer",
        "value": "number",
        "predicted_value": "number",
    },
}


def log_folder(name: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Where a server logs: ``GATEHOUSE_LOG_FOLDER``, else ``logs/NAME`` in BentoML's home."""
    if folder := environment.get(FOLDER):
        return Path(folder).expanduser()
    home = environment.get("BENTOML_HOME") or "~/bentoml"
    return Path(home).expanduser() / "logs" / name


def segment_name(kind: Kind, opened: datetime, pid: int, number: int) -> str:
    """The name of a file; names of one kind sort by the time of opening, in UTC."""
    return f"{kind}-{opened:%Y%m%dT%H%M%S.%fZ}-{pid}-{number:06}{ENDING}"


def segments(folder: Path, kind: Kind | None = None) -> list[Path]:
    """The files of a log, oldest first."""
    files = folder.glob(f"{kind or '*'}-*{ENDING}")
    return sorted(files, key=lambda path: path.name.partition("-")[2])


def text_hash(text: str, key: bytes) -> str:
    """Keyed BLAKE2b of a text, as hex: equal for equal texts, of no use without the key."""
    content = text.encode("utf-8", "replace")
    return hashlib.blake2b(content, key=key, digest_size=HASH_BYTES).hexdigest()


def hash_key(secret: str) -> bytes:
    """The key of the hashes that belongs to a secret of any length."""
    return hashlib.blake2b(os.fsencode(secret)).digest()


def own_key(folder: Path) -> bytes:
    """The random key of a log whose operator gave no secret; made once, mode 600.

    Raises:
        OSError: it can be neither read nor made.
    """
    descriptor = os.open(folder / OWN_KEY, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # workers start together
        key = file.read()
        if len(key) < KEY_BYTES:
            key = secrets.token_bytes(KEY_BYTES)
            file.seek(0)
            file.write(key)
    return key
