"""The rules of the house that no linter knows; each returns what breaks it."""

import ast
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
MAX_FUNCTION_LINES = 60


def file_too_long(source: str, limit: int) -> list[str]:
    lines = len(source.splitlines())
    return [f"{lines} lines, at most {limit} are allowed"] if lines > limit else []


def functions_too_long(source: str) -> list[str]:
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]
    return [
        f"line {function.lineno}: {function.name} has {lines} lines, at most {MAX_FUNCTION_LINES}"
        for function in functions
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
    ]


def imports(source: str) -> list[tuple[int, str]]:
    """Line and top-level package of every absolute import, inside functions too."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((node.lineno, node.module))
    return [(line, name.partition(".")[0]) for line, name in found]


def forbidden_imports(source: str, forbidden: frozenset[str]) -> list[str]:
    return [f"line {line}: imports {name}" for line, name in imports(source) if name in forbidden]


def clients_at_import(source: str) -> list[str]:
    """Calls of ZenML's ``Client`` that run when the module is imported."""
    return [
        f"line {node.lineno}: Client() is called when the module is imported"
        for node in _run_at_import(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Client"
    ]


def swallowed_errors(source: str) -> list[str]:
    """``except`` clauses that do nothing, and suppression of every error."""
    tree = ast.parse(source)
    silent = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and all(map(_does_nothing, node.body))
    ]
    suppressed = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] == "suppress"
        and {ast.unparse(arg) for arg in node.args} & {"Exception", "BaseException"}
    ]
    return [f"line {line}: an error is swallowed" for line in (*silent, *suppressed)]


def python_files(root: Path, *folders: str) -> list[Path]:
    """Our Python files below the folders, or all that are not in a hidden folder."""
    files = [path for folder in folders or (".",) for path in (root / folder).rglob("*.py")]
    ours = [path for path in files if not _is_hidden(path.relative_to(root))]
    assert ours, f"no Python files in {folders or root}"
    return sorted(ours)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass)


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: all but the bodies of functions."""
    for field, value in ast.iter_fields(node):
        if field == "body" and isinstance(node, Function | ast.Lambda):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _run_at_import(child)
