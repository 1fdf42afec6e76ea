"""An environment that has what our Bento asks for, and nothing else."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.measure import ROOT

LOCK = ROOT / "requirements" / "serving.lock"


def serving_environment() -> Path:
    """The ``bin`` of a virtual environment made from the serving lock.

    It lies in the temporary folder and is kept between runs; a changed lock gets a new one.

    Raises:
        click.ClickException: The installation failed.
    """
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    venv = Path(tempfile.gettempdir()) / f"gatehouse-serving-{digest[:12]}"
    complete = venv / "complete"
    if not complete.exists():
        click.echo(f"installing {LOCK.name} into {venv}", err=True)
        _run(sys.executable, "-m", "venv", "--clear", "--without-pip", venv)
        _run(Path(sys.executable).with_name("uv"), "pip", "sync", "--quiet", "--require-hashes",
             "--compile-bytecode", "--python", venv / "bin" / "python", LOCK)  # fmt: skip
        complete.touch()
    return venv / "bin"


def _run(*command: str | Path) -> None:
    try:
        subprocess.run(command, check=True, stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"the serving lock can't be installed: {error}") from error
