"""A step's cache key covers the source it runs, not only its own file.

ZenML hashes the code of the step function. Our steps are thin, so a change in ``core`` would leave
them cached. Each step's cache policy therefore lists every file of this project that the step's
module imports, directly or not, and the data files (suites, templates) that these name. The
versions of the main libraries belong to the key too.
"""

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from zenml.config.cache_policy import CachePolicy

from core.governance.lineage import library_versions

ROOT = Path(__file__).parent.parent
DATA_ENDINGS = {".json", ".j2"}


def cache_policy(step_file: str) -> CachePolicy:
    """The cache policy of the step defined in ``step_file``; write ``cache_policy(__file__)``."""
    files = source_closure(Path(step_file))
    return CachePolicy(
        file_dependencies=[str(file.relative_to(ROOT)) for file in files],
        cache_func=libraries,
    )


def libraries() -> str:
    """The versions that compute the results; with others a cached result may be another."""
    return json.dumps(library_versions())


def source_closure(file: Path) -> list[Path]:
    """``file``, all project files it imports transitively, and the data files they name."""
    found: set[Path] = set()
    waiting = {file}
    while waiting:
        current = waiting.pop()
        found.add(current)
        waiting |= set(_imported_files(current)) - found
    return sorted(found.union(*map(_data_files, found)))


def _imported_files(file: Path) -> Iterator[Path]:
    return (path for name in _mentions(file)[0] for path in _module_files(name))


@cache
def _data_files(file: Path) -> tuple[Path, ...]:
    """Data files beside a module, or in a folder beside it, where a string of its names them."""
    named = [item for item in file.parent.iterdir() if item.name in _mentions(file)[1]]
    files = [found for item in named for found in (item, *item.rglob("*"))]
    return tuple(found for found in files if found.suffix in DATA_ENDINGS)


@cache
def _mentions(file: Path) -> tuple[frozenset[str], frozenset[object]]:
    """The modules that a file imports, and its constants."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    return frozenset(name for n in nodes for name in _module_names(n)), frozenset(constants)


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
