"""Compiles requirements/*.lock from pyproject.toml, or checks that they agree with it.

Usage: ``.venv/bin/python scripts/locks.py write|upgrade|check``. The locks hold for Linux and
macOS, x86-64 and arm64, Python 3.11 and 3.12; they name no index.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version=3.11"),
    *("--fork-strategy=fewest", "--generate-hashes", "--no-emit-index-url"),
    "--custom-compile-command=make lock",
)
AS_RUN = ("--constraints", "requirements/run.lock")
# In this order: the others take their versions from the run lock.
SOURCES = {
    "run": ("pyproject.toml",),
    "dev": ("pyproject.toml", "--group=dev", *AS_RUN),
    "serving": ("--group=serving", *AS_RUN),
    "serving-estimator": ("--group=serving-estimator", *AS_RUN),
    **{name: (f"--group={name}", *AS_RUN) for name in ("lemmas", "xgboost", "explain", "dask")},
    "transformers": ("--group=transformers", *AS_RUN, "--no-emit-package=torch"),
    "sbom": ("--group=sbom", *AS_RUN),
    "bootstrap": ("--group=bootstrap",),
}


def compile_locks(folder: Path, *options: str) -> None:
    """Writes the locks of the project in ``folder``; keeps versions that still fit."""
    for name, source in SOURCES.items():
        output = f"--output-file=requirements/{name}.lock"
        subprocess.run([UV, *COMPILE, *options, output, *source], cwd=folder, check=True)


def outdated() -> list[str]:
    """The locks that don't agree with pyproject.toml."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        shutil.copy(ROOT / "pyproject.toml", copy)
        shutil.copytree(ROOT / "requirements", copy / "requirements")
        compile_locks(copy)
        return [lock for lock in SOURCES if _versions(ROOT, lock) != _versions(copy, lock)]


def _versions(folder: Path, lock: str) -> list[str]:
    """A lock without hashes: one index may hold more files of the same version than another."""
    lines = (folder / "requirements" / f"{lock}.lock").read_text().splitlines()
    return [line for line in lines if "--hash=" not in line]


def main(action: str) -> int:
    """Returns an exit code."""
    if action == "check":
        for lock in (found := outdated()):
            print(f"requirements/{lock}.lock does not agree with pyproject.toml: make lock")
        return 1 if found else 0
    compile_locks(ROOT, *(["--upgrade"] if action == "upgrade" else []))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
