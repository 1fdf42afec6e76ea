"""Makes .venv exactly what the locks say; does nothing when it already is.

Usage: ``python3 scripts/environment.py run|dev [lemmas ...]``, each word a lock in requirements/.
With ``transformers`` also torch, by pip: the build for the CPU, or that of the index TORCH_INDEX.
Needs nothing but Python's standard library, and says so plainly when that Python is the wrong one.
"""

from __future__ import annotations

import hashlib
import json
import os
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
# The extra that needs torch, and where pip looks for a build of it besides its own configuration:
# the one for the CPU, unless the environment names another index.
TORCH_EXTRA = "transformers"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
# The dev lock holds these locks.
INCLUDES = {"dev": {"run", "lemmas", "xgboost", "explain", "dask"}}


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
    index = os.environ.get("TORCH_INDEX") or before.get("torch", {}).get("index", TORCH_INDEX)
    stamp = _stamp(names, index)
    if before == stamp:
        return 0
    fresh = any(before.get(key) != value for key, value in HOST.items())
    return _install(names, stamp, fresh=fresh)


def _install(names: set[str], stamp: dict[str, Any], *, fresh: bool) -> int:
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
        if "torch" in stamp:
            _run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--extra-index-url", stamp["torch"]["index"], stamp["torch"]["pin"])  # fmt: skip
    except subprocess.CalledProcessError as error:
        return _fail(f"The installation stopped (exit code {error.returncode}); see above.")
    except KeyboardInterrupt:
        return _fail("The installation was interrupted; the next run starts it anew.")
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps(stamp))
    part.replace(STAMP)
    print(f".venv is ready after {time.monotonic() - started:.0f} s")
    return 0


def _stamp(names: set[str], index: str) -> dict[str, Any]:
    locks = {name: hashlib.sha256(_lock(name).read_bytes()).hexdigest() for name in sorted(names)}
    torch = {"torch": {"pin": _torch(), "index": index}} if TORCH_EXTRA in names else {}
    return {**HOST, "locks": locks, **torch}


def _torch() -> str:
    """The requirement in pyproject.toml: no lock has it, for its builds differ by machine."""
    import tomllib  # not in the Pythons that main refuses

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named: list[str] = groups["dependency-groups"][TORCH_EXTRA]
    return next(requirement for requirement in named if requirement.startswith("torch="))


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
