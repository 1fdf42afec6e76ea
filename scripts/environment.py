"""Makes .venv exactly what the locks say; does nothing when it already is.

Usage: ``python3 scripts/environment.py run|dev [lemmas ...]``, each word a lock in requirements/.
Needs nothing but Python's standard library, and says so plainly when that Python is the wrong one.
"""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "gatehouse.json"
# An environment works only with the Python and in the place it was made for.
HOST = {"python": platform.python_version(), "place": str(VENV)}
# The dev lock holds these locks.
INCLUDES = {"dev": {"run", "lemmas"}}


def main(wanted: set[str]) -> int:
    """Brings .venv to the wanted locks (and those it already has); returns an exit code."""
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        return _fail(
            f"Gatehouse needs Python 3.11 or 3.12; {sys.executable} is {platform.python_version()}."
            " Name another one: make setup PYTHON=python3.12"
        )
    unknown = sorted(name for name in wanted if not _lock(name).is_file())
    if unknown:
        return _fail(f"requirements/ has no lock named {', '.join(unknown)}")
    before = _read_stamp()
    kept = {name for name in before.get("locks", ()) if _lock(name).is_file()}
    names = wanted | kept | {"bootstrap"}
    names |= {other for name in names for other in INCLUDES.get(name, ())}
    if before == _stamp(names):
        return 0
    return _install(names, fresh=any(before.get(key) != value for key, value in HOST.items()))


def _install(names: set[str], *, fresh: bool) -> int:
    started = time.monotonic()
    included = {other for name in names for other in INCLUDES.get(name, ())}
    print("Installing", *sorted(names - {"bootstrap"}), "into .venv: a minute or two", flush=True)
    # Gone while we work, so that a half-finished install never counts as right.
    STAMP.unlink(missing_ok=True)
    try:
        if fresh:
            _run(sys.executable, "-m", "venv", "--clear", VENV)
            _run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--require-hashes", "--requirement", _lock("bootstrap"))  # fmt: skip
        _run(VENV / "bin" / "uv", "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes",
             "--compile-bytecode", *map(_lock, sorted(names - included)))  # fmt: skip
    except subprocess.CalledProcessError as error:
        return _fail(f"The installation stopped (exit code {error.returncode}); see above.")
    except KeyboardInterrupt:
        return _fail("The installation was interrupted; the next run starts it anew.")
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps(_stamp(names)))
    part.replace(STAMP)
    print(f".venv is ready after {time.monotonic() - started:.0f} s")
    return 0


def _stamp(names: set[str]) -> dict[str, Any]:
    locks = {name: hashlib.sha256(_lock(name).read_bytes()).hexdigest() for name in sorted(names)}
    return {**HOST, "locks": locks}


def _read_stamp() -> dict[str, Any]:
    if not (STAMP.is_file() and PYTHON.exists()):
        return {}
    stamp: dict[str, Any] = json.loads(STAMP.read_text())
    return stamp


def _lock(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.lock"


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
