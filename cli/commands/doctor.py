"""``doctor``: is everything in place, and what mends it if not."""

import sys
from importlib.metadata import PackageNotFoundError, version

import click
from pydantic import BaseModel

from cli.environment import homes, prepare_environment, writable_problem
from cli.options import output_options
from cli.terminal import Terminal
from core.errors import GatehouseError

PACKAGES = (
    "zenml",
    "mlflow",
    "evidently",
    "great-expectations",
    "bentoml",
    "datasets",
    "scikit-learn",
    "pandas",
)


class Check(BaseModel):
    """One thing looked at; ``fix`` says what to do when it is not ok."""

    name: str
    ok: bool
    found: str
    fix: str = ""


@click.command()
@output_options
@click.pass_obj
def doctor(terminal: Terminal, as_json: bool, verbose: bool) -> int:
    """Check versions, homes and the active stack; each problem comes with its fix.

    Exit code 1 if anything is wrong.
    """
    checks = [_python(), *map(_package, PACKAGES), *_homes()]
    if all(check.ok for check in checks):
        prepare_environment()
        terminal.capture()
        checks += [_repository(), *_stack()]
    if as_json:
        terminal.result(
            {"ok": all(c.ok for c in checks), "checks": [c.model_dump() for c in checks]}
        )
    else:
        for check in checks:
            mark = "[green]✓[/green]" if check.ok else "[red]✗[/red]"
            terminal.out.print(f"{mark} {check.name:<26} {check.found}", soft_wrap=True)
            if not check.ok:
                terminal.out.print(f"  fix: {check.fix}", soft_wrap=True)
    return 0 if all(check.ok for check in checks) else 1


def _python() -> Check:
    ok = (3, 11) <= sys.version_info[:2] < (3, 13)
    return Check(
        name="python",
        ok=ok,
        found=sys.version.split()[0],
        fix="use Python 3.11 or 3.12, make setup",
    )


def _package(name: str) -> Check:
    try:
        return Check(name=name, ok=True, found=version(name))
    except PackageNotFoundError:
        return Check(name=name, ok=False, found="not installed", fix="make setup")


def _homes() -> list[Check]:
    return [
        Check(
            name=variable,
            ok=(problem := writable_problem(folder)) is None,
            found=problem or str(folder),
            fix=f"export {variable}=FOLDER that you can write",
        )
        for variable, folder in homes().items()
    ]


def _repository() -> Check:
    from zenml.client import Client

    root = homes()["ZENML_REPOSITORY_PATH"]
    ready = Client.is_repository_directory(root)
    return Check(
        name="ZenML repository",
        ok=True,
        found=str(root) if ready else "made by the first run, with its stack",
    )


def _stack() -> list[Check]:
    from zenml.client import Client

    from adapters.components import require_components

    if not Client.is_repository_directory(homes()["ZENML_REPOSITORY_PATH"]):
        return []
    try:
        require_components()
    except GatehouseError as error:
        reason, _, fix = str(error).partition("; ")
        return [Check(name="active stack", ok=False, found=reason, fix=fix)]
    return [Check(name="active stack", ok=True, found=Client().active_stack_model.name)]
