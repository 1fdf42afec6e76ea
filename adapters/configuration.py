"""ZenML's configuration files, where several processes start and run at the same time.

ZenML 0.98 writes them in place at every start: a process that starts or runs at the same moment
reads an empty file and fails.
"""

from pathlib import Path

from zenml.utils import io_utils

from core.files import replace_file


def write_whole_files() -> None:
    """Make ZenML, in this process, replace its configuration files in one step."""
    io_utils.write_file_contents_as_string = _write


def _write(file_path: str, content: str) -> None:
    path = Path(file_path).resolve()
    mode = path.stat().st_mode if path.exists() else None
    replace_file(path, content.encode())
    if mode is not None:
        path.chmod(mode)
