"""``rollback``: back to a version that was in production before."""

import getpass
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from rich.box import SIMPLE
from rich.table import Table

from cli.environment import prepare_environment, prepare_stack
from cli.options import NAME, REASON, SERVICE, output_options
from cli.terminal import Terminal, shown, tool

if TYPE_CHECKING:
    from adapters.rollback import RollbackOutcome
    from core.governance.rollback import Plan

UNCONFIRMED, CANCELLED = 1, 7
NEEDS_YES = "rollback asks before it changes anything; without a terminal say --yes"
NEEDS_REASON = "rollback needs --reason TEXT, for the ledger; only --rehearse goes without"


class Wanted(NamedTuple):
    """How to go back."""

    reason: str | None
    by: str | None
    yes: bool
    rehearse: bool
    services: tuple[str, ...]
    timeout: float

    def require_consent(self, *, can_ask: bool) -> None:
        """Check that a change has a reason, and somebody who wants it.

        Raises:
            UsageError: it has not.
        """
        if not (self.rehearse or self.reason):
            raise click.UsageError(NEEDS_REASON)
        if not (self.rehearse or self.yes or can_ask):
            raise click.UsageError(NEEDS_YES)


@click.command()
@click.argument("model")
@click.option("--to", metavar="VERSION", help="Default: the one before the version in production.")
@click.option("--reason", type=REASON, help="Why; stands in the ledger.")
@click.option("--by", type=NAME, help="Who goes back; default: the login.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--rehearse", is_flag=True, help="All but the change; gives the recovery time.")
@click.option(
    "--service",
    "services",
    multiple=True,
    type=SERVICE,
    help="Ask this service too, such as http://host:3000; repeatable. Those that follow this "
    "machine's releases are found by themselves.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    help="Seconds until a service counts as not following.",
)
@output_options
@click.pass_obj
def rollback(
    terminal: Terminal, /, model: str, to: str | None, as_json: bool, verbose: bool, **options: Any
) -> int:
    """Put MODEL's former version back into production, and see that services follow.

    Only versions that were in production can come back. The version is proven first: its bytes are
    those of its release, and so are its answers, bit for bit. Then ZenML, MLflow and the channel
    are switched, and every running service is asked until all its workers serve the version. Exit
    code 1 if one does not in time: the change stays, and the ledger says which.

    \b
    Examples:
      python run.py rollback ag_news --rehearse
      python run.py rollback ag_news --reason "wrong labels in the new data" --by ann
      python run.py rollback ag_news --to 3 --reason "audit" --yes --service http://10.0.0.7:3000
    """
    wanted = Wanted(**options)
    wanted.require_consent(can_ask=sys.stdin.isatty() and not as_json)
    prepare_environment()
    terminal.capture()
    with terminal.err.status("asking ZenML and MLflow"):
        prepare_stack()
        from adapters import rollback as going_back

        plan = going_back.plan_rollback(model, to)
    if not as_json:
        _print_plan(terminal, plan)
    if not (wanted.rehearse or wanted.yes or _agrees(terminal)):
        terminal.err.print("nothing was changed")
        return CANCELLED
    with terminal.err.status("going back"):
        if wanted.rehearse:
            outcome = going_back.rehearse(plan, wanted.services)
        else:
            outcome = going_back.roll_back(
                plan,
                by=wanted.by or getpass.getuser(),
                reason=str(wanted.reason),
                services=wanted.services,
                timeout=wanted.timeout,
            )
    return _tell(terminal, outcome)


def _agrees(terminal: Terminal) -> bool:
    terminal.err.print("Go back? [y/N] ", end="", markup=False)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _print_plan(terminal: Terminal, plan: "Plan") -> None:
    title = f"{shown(plan.model)}: version {plan.source.version} → {plan.target.version}"
    table = Table("", "from", "to", title=title, box=SIMPLE)
    for row in plan.changes():
        table.add_row(*map(shown, row))
    terminal.out.print(table)


def _tell(terminal: Terminal, outcome: "RollbackOutcome") -> int:
    problem = _problem(outcome)
    if terminal.as_json:
        terminal.result(as_json_object(outcome) | ({"message": problem} if problem else {}))
    else:
        _print(terminal, outcome)
    if problem:
        terminal.err.print(f"error: {shown(problem)}", soft_wrap=True)
        return UNCONFIRMED
    return 0


def _problem(outcome: "RollbackOutcome") -> str | None:
    if not outcome.unconfirmed:
        return None
    which, target = "; ".join(outcome.unconfirmed), outcome.plan.target.version
    if outcome.entry is None:
        return f"not every service can be asked: {which}"
    return f"version {target} is in production, but not every service follows: {which}"


def as_json_object(outcome: "RollbackOutcome") -> dict[str, Any]:
    """The object of ``rollback --json``; also what ``monitor --json`` says of a rollback."""
    plan, entry = outcome.plan, outcome.entry
    if entry is None:
        status = "rehearsed"
    else:
        status = "unconfirmed" if outcome.unconfirmed else "rolled_back"
    return {
        "status": status,
        "model": plan.model,
        "from": plan.source.version,
        "to": plan.target.version,
        "changes": [dict(zip(("what", "from", "to"), row, strict=True)) for row in plan.changes()],
        "bento_restored": outcome.restored,
        "seconds": round(outcome.seconds, 3),
        "services": [report.model_dump() for report in outcome.services],
        "entry": {"number": entry.number, "hash": entry.hash} if entry else None,
    }


def _print(terminal: Terminal, outcome: "RollbackOutcome") -> None:
    for report in outcome.services:
        said = report.problem or f"version {', '.join(sorted(set(map(str, report.workers))))}"
        answers = f", golden answers {report.answers}" if report.answers else ""
        mark = "[red]✗[/red]" if report.problem else "[green]✓[/green]"
        terminal.out.print(f"{mark} {shown(f'{report.url}: {said}{answers}')}", soft_wrap=True)
    if not outcome.services:
        terminal.out.print("no running service was found to ask")
    if outcome.restored:
        terminal.out.print("the Bento was lost or altered: it was made again")
    if (entry := outcome.entry) is not None:
        terminal.out.print(
            f"[bold]version {outcome.plan.target.version} is in production[/] after "
            f"{outcome.seconds:.2f} s; ledger entry {entry.number}, {entry.hash[:12]}"
        )
        serve = f"{tool('bentoml')} serve {outcome.plan.target.bento}"
        terminal.out.print(f"  serve it from the start: {shown(serve)}", soft_wrap=True)
    else:
        terminal.out.print(
            f"rehearsed in {outcome.seconds:.2f} s, nothing was changed; services then follow "
            "within their serving.reload_seconds"
        )
