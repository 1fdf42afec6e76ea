"""Several files in one step: all of them, or none."""

import os
from collections.abc import Mapping
from pathlib import Path

from core.errors import ConfigError, GatehouseError


def require_new(paths: list[Path]) -> None:
    """Check that nothing is replaced.

    Raises:
        ConfigError: a file is there already.
    """
    if there := [str(path) for path in paths if path.exists()]:
        raise ConfigError(
            f"{' and '.join(there)} exists already: give another --name or --output, or --force to "
            "replace it"
        )


def write_together(contents: Mapping[Path, str]) -> None:
    """Write all files, or leave all as they were.

    Raises:
        GatehouseError: a file can't be written.
    """
    former = {path: path.read_bytes() if path.is_file() else None for path in contents}
    staged: dict[Path, Path] = {}
    try:
        for path, text in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged[path] = path.with_name(f".{path.name}.{os.getpid()}")
            staged[path].write_text(text, encoding="utf-8")
        for path, temporary in staged.items():
            temporary.replace(path)
    except BaseException as error:
        _undo(former, staged)
        if isinstance(error, OSError):
            problem = f"{error.strerror}: {error.filename}"
            raise GatehouseError(f"--output: can't be written: {problem}; name another") from error
        raise


def _undo(former: Mapping[Path, bytes | None], staged: Mapping[Path, Path]) -> None:
    for path, temporary in staged.items():
        if not temporary.exists() and path.exists():  # it was put in place
            content = former[path]
            path.unlink() if content is None else path.write_bytes(content)
        temporary.unlink(missing_ok=True)
