"""The user's terminal, kept apart from what the frameworks print."""

import json
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from core.governance.words import visible

STDOUT, STDERR = 1, 2


def tool(name: str) -> str:
    """How to call a command of this environment from here: its name, or its path if need be."""
    path = Path(sys.executable).parent / name
    found = shutil.which(name)
    return name if found and Path(found) == path else os.path.relpath(path)


def shown(text: object) -> str:
    """Text of others for a console: no markup in it, and nothing that steers a terminal."""
    return escape(visible(str(text)))


def _defined(value: Any) -> Any:
    """What JSON has no number for, as null."""
    if isinstance(value, dict):
        return {key: _defined(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Terminal:
    """Results go to the real stdout, progress and messages to the real stderr.

    With ``capture`` the process's own stdout and stderr become log files, which keeps framework
    chatter off the terminal while ZenML still stores what steps print.
    """

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self._stdout = os.fdopen(os.dup(STDOUT), "w", encoding="utf-8")
        self._stderr = os.fdopen(os.dup(STDERR), "w", encoding="utf-8")
        # A pipe or a file has no width of its own; 80 columns would fold the tables.
        width = None if self._stdout.isatty() else 120
        self.out = Console(file=self._stdout, highlight=False, width=width)
        self.err = Console(file=self._stderr, highlight=False)
        self.log: Path | None = None

    def capture(self) -> None:
        """Send everything that others print to log files, or to stderr when verbose."""
        sys.stdout.flush()
        sys.stderr.flush()
        if self.verbose:
            os.dup2(STDERR, STDOUT)
            return
        folder = Path(tempfile.mkdtemp(prefix="gatehouse-log-"))
        self.log = folder / "stderr.log"
        for stream, name in ((STDOUT, "stdout.log"), (STDERR, "stderr.log")):
            with (folder / name).open("ab") as file:
                os.dup2(file.fileno(), stream)

    def discard_log(self) -> None:
        """Remove the log files of a command that went well."""
        if self.log:
            for file in self.log.parent.iterdir():
                file.unlink()
            self.log.parent.rmdir()

    def result(self, value: dict[str, Any]) -> None:
        """Print the one JSON object of ``--json``; a number that is undefined is null."""
        text = json.dumps(_defined(value), indent=2, default=str, allow_nan=False)
        self._stdout.write(text + "\n")
        self._stdout.flush()

    def error(self, message: str, *, kind: str, exit_code: int) -> None:
        """One line on stderr, and with ``--json`` the same as an object on stdout."""
        line = visible(message)
        self._stderr.write(f"error: {line}\n")
        self._stderr.flush()
        if self.as_json:
            self.result(
                {"status": "failed", "error": kind, "message": line, "exit_code": exit_code}
            )
