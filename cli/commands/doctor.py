"""``doctor``: is everything in place, and what mends it if not."""

import getpass
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from cli.environment import LOCAL_STACK, homes, prepare_environment, writable_problem
from cli.options import NAME, output_options
from cli.terminal import Terminal
from core.errors import GatehouseError

if TYPE_CHECKING:
    from adapters.repair import Problem

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
@click.option("--fix", is_flag=True, help="Mend what can be mended, and say what was done.")
@click.option(
    "--abandoned",
    is_flag=True,
    help="With --fix: processes of other machines and containers are dead; end their changes too.",
)
@click.option("--by", type=NAME, help="Who mends, for the ledger; default: the login.")
@output_options
@click.pass_obj
def doctor(
    terminal: Terminal, /, fix: bool, abandoned: bool, by: str | None, as_json: bool, verbose: bool
) -> int:
    """Check versions, homes, the active stack and every model; each problem comes with its fix.

    A release or a rollback that was killed is finished by --fix if all its parts are there, else
    undone; registries, channels and Bentos are brought back to what the ledger says. A change
    whose process is alive is left alone; one that can't be seen from here, on another machine or in
    another container, counts as alive for 15 minutes. A version that was deleted by hand is
    registered in MLflow again, or else taken out of the standing when there is nothing to go back
    to. Exit code 1 if anything is wrong, or still is.

    \b
    Examples:
      python run.py doctor
      python run.py doctor --fix --by ann
      python run.py doctor --fix --abandoned
    """
    if abandoned and not fix:
        raise click.UsageError("--abandoned says what --fix may end; type both")
    checks, mended = [_python(), *map(_package, PACKAGES), *_homes()], list[str]()
    if all(check.ok for check in checks):
        prepare_environment()
        terminal.capture()
        with terminal.err.status("asking ZenML and MLflow"):
            mended = _mended_stack() if fix else []
            stack = _stack()
            checks += [_repository(), *stack]
            if stack and all(check.ok for check in stack):
                who = (by or getpass.getuser()) if fix else None
                done, models = _models(who, abandoned=abandoned)
                mended += done
                checks += models
    if as_json:
        found = [check.model_dump() for check in checks]
        terminal.result({"ok": all(c.ok for c in checks), "checks": found, "mended": mended})
    else:
        _print(terminal, checks, mended)
    return 0 if all(check.ok for check in checks) else 1


def _print(terminal: Terminal, checks: list[Check], mended: list[str]) -> None:
    for line in mended:
        terminal.out.print(f"[green]mended[/green] {line}", soft_wrap=True)
    for check in checks:
        mark = "[green]✓[/green]" if check.ok else "[red]✗[/red]"
        terminal.out.print(f"{mark} {check.name:<26} {check.found}", soft_wrap=True)
        if not check.ok:
            terminal.out.print(f"  fix: {check.fix}", soft_wrap=True)


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
        fix = fix or "python run.py doctor --fix"
        return [Check(name="active stack", ok=False, found=reason, fix=fix)]
    return [Check(name="active stack", ok=True, found=Client().active_stack_model.name)]


def _mended_stack() -> list[str]:
    """In a repository whose active stack can't run our pipelines: applies and activates ours."""
    from zenml.client import Client

    from stacks.apply import apply_stack
    from stacks.definition import read_definition

    if all(check.ok for check in _stack()):
        return []
    changes, name = apply_stack(LOCAL_STACK), read_definition(LOCAL_STACK).name
    Client().activate_stack(name)
    return [*changes, f"activated stack {name}"]


def _models(by: str | None, *, abandoned: bool) -> tuple[list[str], list[Check]]:
    """What was done where somebody mends, and what is wrong, or still is."""
    from adapters.repair import problems

    found, done, failed = problems(), list[str](), list[Check]()
    if by is not None:
        done, failed = _mended(found, by, abandoned=abandoned)
        found = [item for name in sorted({item.model for item in found}) for item in problems(name)]
    wrong = [Check(name=item.model, ok=False, found=item.found, fix=item.fix) for item in found]
    fine = Check(name="models", ok=True, found="all is as their ledgers say")
    return done, failed + wrong or [fine]


def _mended(found: "list[Problem]", by: str, *, abandoned: bool) -> tuple[list[str], list[Check]]:
    """What was done, and what could not be."""
    from adapters.repair import explained, repair

    done: list[str] = []
    failed = []
    for model in sorted({item.model for item in found if item.mendable}):
        try:
            done += [f"{model}: {line}" for line in repair(model, by, abandoned=abandoned)]
        except GatehouseError as error:
            reason, fix = explained(model, error)
            failed.append(Check(name=model, ok=False, found=f"not mended: {reason}", fix=fix))
    return done, failed
