"""``case``: all that a person who decides has to see."""

from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal, shown

if TYPE_CHECKING:
    from adapters.candidates import Candidate


@click.command()
@click.argument("run")
@output_options
@click.pass_obj
def case(terminal: Terminal, run: str, as_json: bool, verbose: bool) -> None:
    """Show the case of RUN's candidate: metrics, comparison, slices, drift, card and votes.

    RUN is a run's id, 8 or more digits of it, or its name; a model's name will do where exactly
    one candidate of it waits.

    \b
    Example:
      python run.py case ag_news
    """
    prepare_environment()
    terminal.capture()
    with terminal.err.status("asking ZenML"):
        prepare_stack()
        from adapters.candidates import card_page, find_candidate

        candidate = find_candidate(run)
        card = card_page(candidate.case)
        notes = [note for note in (candidate.stale(),) if note]
    if as_json:
        terminal.result(_as_json(candidate, card, notes))
    else:
        _print(terminal.out, candidate, card, notes)


def _as_json(candidate: "Candidate", card: str, notes: list[str]) -> dict[str, Any]:
    from cli.outcome import commands, plain

    found, settlement = candidate.case, candidate.settlement()
    needed = candidate.config.promotion.approval == "required"
    return {
        "run_id": found.run,
        "model": found.model,
        "approval": candidate.config.promotion.approval,
        "settlement": plain(settlement) if needed else None,
        "notes": notes,
        "model_card": card,
        "case": plain(found),
        "commands": commands(found.run) if needed and settlement.outcome == "pending" else {},
    }


def _print(console: Console, candidate: "Candidate", card: str, notes: list[str]) -> None:
    from cli.outcome import commands
    from cli.tables import print_findings

    found, settlement = candidate.case, candidate.settlement()
    console.print(f"[bold]{found.model}: {found.selected.name}[/]  run {found.run}")
    splits = ", ".join(f"{name} {rows}" for name, rows in found.data.splits.items())
    console.print(f"data       {shown(found.data.source)}: {found.data.rows} rows ({splits})")
    console.print(f"started    by {shown(found.started_by)}, {settlement.since:%Y-%m-%d %H:%M} UTC")
    console.print(f"card       {shown(card)}", soft_wrap=True)
    if found.drift is not None:
        drift = found.drift
        console.print(f"drift      {drift.severity} in production, {drift.at:%Y-%m-%d %H:%M} UTC")
    print_findings(console, found.candidates, found.selected.name, found.evaluation, found.decision)
    for reason in (*found.decision.reasons, *notes):
        console.print(f"  - {shown(reason)}", soft_wrap=True)
    if found.decision.outcome != "promote":
        console.print("[bold red]BLOCKED[/]: nobody is asked")
        return
    for vote in settlement.votes:
        said = f"{vote.at} {vote.action} by {vote.by}: {vote.reason}"
        console.print(f"  {shown(said)}", soft_wrap=True)
    if candidate.config.promotion.approval == "required":
        console.print(f"[bold]{shown(settlement.text)}[/]")
        if settlement.outcome == "pending":
            for name, command in commands(found.run).items():
                console.print(f"  {name:<8} {shown(command)}", soft_wrap=True)
