"""A step's cache key covers the source it runs, not only its own file.

ZenML hashes the code of the step function. Our steps are thin, so a change in ``core`` would leave
them cached. Each step's cache policy therefore lists every file of this project that the step's
module imports, directly or not, and the data files (suites, templates) beside them.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from zenml.config.cache_policy import CachePolicy

ROOT = Path(__file__).parent.parent
DATA_ENDINGS = {".json", ".j2"}


def cache_policy(step_file: str) -> CachePolicy:
    """The cache policy of the step defined in ``step_file``; write ``cache_policy(__file__)``."""
    files = source_closure(Path(step_file))
    return CachePolicy(file_dependencies=[str(file.relative_to(ROOT)) for file in files])


def source_closure(file: Path) -> list[Path]:
    """``file``, all project files it imports transitively, and their packages' data files."""
    found: set[Path] = set()
    waiting = {file}
    while waiting:
        current = waiting.pop()
        found.add(current)
        waiting |= set(_imported_files(current)) - found
    data = {item for folder in {file.parent for file in found} for item in _data_files(folder)}
    return sorted(found | data)


@cache
def _imported_files(file: Path) -> tuple[Path, ...]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {name for node in ast.walk(tree) for name in _module_names(node)}
    return tuple(path for name in names for path in _module_files(name))


def _module_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        # A name imported from a package may itself be a module.
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _module_files(name: str) -> tuple[Path, ...]:
    """Files that importing ``name`` runs: its packages' ``__init__`` and the module itself."""
    parts = name.split(".")
    if not (ROOT / parts[0]).is_dir():
        return ()
    prefixes = [ROOT.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    candidates = [path for p in prefixes for path in (p / "__init__.py", p.with_suffix(".py"))]
    return tuple(path for path in candidates if path.is_file())


@cache
def _data_files(folder: Path) -> tuple[Path, ...]:
    """Data files in a package folder and in its subfolders that are no packages."""
    below = [
        item for item in folder.iterdir() if item.is_dir() and not (item / "__init__.py").exists()
    ]
    here = [item for item in folder.iterdir() if item.suffix in DATA_ENDINGS]
    return tuple(
        here + [item for sub in below for item in sub.rglob("*") if item.suffix in DATA_ENDINGS]
    )
