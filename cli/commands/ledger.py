"""``ledger``: what was decided about a model, by whom and why; checked, exported, restored."""

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from cli.environment import prepare_environment, prepare_stack
from cli.options import NAME, REASON, output_options
from cli.terminal import Terminal
from core.errors import GatehouseError, LedgerError
from core.files import replace_file
from core.governance.export import COLUMNS, from_json, row, to_json, to_markdown

if TYPE_CHECKING:
    from core.governance.ledger import Entry
    from core.governance.verify import Finding

DAMAGED = 1
FORMATS = {"json": to_json, "markdown": to_markdown}


@click.group()
def ledger() -> None:
    """The record of a model that can't be rewritten unnoticed.

    Every submission, block, approval, rejection, promotion, rollback and repair is an entry, which
    carries the hash of the one before. Each hash is kept a second time, in MLflow.

    \b
    Examples:
      python run.py ledger show ag_news
      python run.py ledger verify ag_news
      python run.py ledger export ag_news --output ledger.json
      python run.py ledger restore ag_news --from ledger.json
      python run.py ledger restore ag_news --rewitness --by ann --reason "MLflow's disk was lost"
    """


@ledger.command()
@click.argument("model")
@output_options
@click.pass_obj
def show(terminal: Terminal, model: str, as_json: bool, verbose: bool) -> int:
    """Show MODEL's entries: when, who, what, from → to, why.

    What is damaged is named below; exit code 1 then.
    """
    entries, findings = _checked(terminal, model)
    damage = [finding for finding in findings if finding.is_damage]
    if as_json:
        stored = [entry.stored() for entry in entries]
        terminal.result({"model": model, "entries": stored, "findings": _dumped(findings)})
        return DAMAGED if damage else 0
    table = Table(*COLUMNS, box=SIMPLE)
    for entry in entries:
        table.add_row(*map(escape, row(entry)))
    terminal.out.print(table)
    _print(terminal, findings)
    return DAMAGED if damage else 0


@ledger.command()
@click.argument("model")
@output_options
@click.pass_obj
def verify(terminal: Terminal, model: str, as_json: bool, verbose: bool) -> int:
    """Check MODEL's ledger: its chain, its witness, both registries and the bytes released.

    Finds an entry that was changed, removed, reordered or inserted, and names it; a release that
    the gate did not allow; a version whose stage, alias, metadata, model or Bento is not what the
    ledger says. Exit code 1 then, with the ways out. What is no more than worth knowing is marked
    by !, such as a release that is under way: exit code 0.
    """
    entries, findings = _checked(terminal, model)
    if not any(finding.is_damage for finding in findings):
        from adapters.audit import audit
        from core.governance.transitions import check_transitions

        with terminal.err.status("comparing registries and files"):
            findings = [*findings, *check_transitions(entries), *audit(model, entries)]
    is_whole = not any(finding.is_damage for finding in findings)
    if as_json:
        summary = {"model": model, "entries": len(entries), "ok": is_whole}
        terminal.result(summary | {"findings": _dumped(findings)})
        return 0 if is_whole else DAMAGED
    _print(terminal, findings)
    _print_ways_out(terminal, model, findings)
    if is_whole:
        count = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
        terminal.out.print(
            f"[green]✓[/] {escape(model)}: {count}, chain and witness agree, registries agree"
        )
    return 0 if is_whole else DAMAGED


@ledger.command()
@click.argument("model")
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), default="json")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: stdout.")
@output_options
@click.pass_obj
def export(
    terminal: Terminal, model: str, kind: str, output: Path | None, as_json: bool, verbose: bool
) -> None:
    """Write MODEL's whole ledger as a document, all or nothing.

    JSON can be restored from; keep it where neither ZenML nor MLflow lies. A damaged ledger is
    not exported.
    """
    if as_json and output is None:
        raise click.UsageError("--json needs --output FILE: the export itself goes to stdout")
    if output is not None and not output.parent.is_dir():
        raise click.UsageError(f"--output {output}: there is no folder {output.parent}")
    _prepare(terminal)
    with terminal.err.status("reading the ledger"):
        from adapters.ledger import read_ledger

        entries = read_ledger(model)
    _require(model, entries)
    document = FORMATS[kind](model, entries)
    if output is None:
        terminal.out.out(document, end="", highlight=False)
        return
    try:
        replace_file(output, document.encode(), durable=True)
    except OSError as error:
        raise GatehouseError(f"--output {output} can't be written: {error}") from error
    if as_json:
        terminal.result({"model": model, "entries": len(entries), "output": str(output)})
    else:
        terminal.out.print(f"{len(entries)} entries → {output}", markup=False, soft_wrap=True)


@ledger.command()
@click.argument("model")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON export of this ledger.",
)
@click.option(
    "--rewitness",
    is_flag=True,
    help="MLflow has lost its hashes: give it those of the chain, on no more than your word.",
)
@click.option("--by", type=NAME, help="Who restores; default: the login.")
@click.option("--reason", type=REASON, help="Why it is witnessed again; the ledger keeps it.")
@output_options
@click.pass_obj
def restore(
    terminal: Terminal,
    /,
    model: str,
    source: Path | None,
    rewitness: bool,
    by: str | None,
    reason: str | None,
    as_json: bool,
    verbose: bool,
) -> int:
    """Put back what MODEL's ledger has lost: entries from an export, or its witness.

    An entry of the export comes back when the witness confirms it. Where the witness is silent,
    the record does: both then hold the same chain. With neither, --rewitness takes the chain as it
    is, says so in an entry, and needs --by and --reason. A witness that differs is never changed,
    and no history is rewritten. A damaged file stays beside the restored one. Exit code 1 when
    something is still damaged.

    \b
    Examples:
      python run.py ledger restore ag_news --from ledger.json
      python run.py ledger restore ag_news --rewitness --by ann --reason "MLflow's disk was lost"
    """
    if rewitness and not (by and reason):
        raise click.UsageError("--rewitness needs --by NAME and --reason TEXT, for the ledger")
    if not rewitness and source is None:
        raise click.UsageError("restore needs --from EXPORT.json, or --rewitness without an export")
    if reason and not rewitness:
        raise click.UsageError("--reason goes with --rewitness")
    exported = from_json(source.read_bytes()) if source else []
    _prepare(terminal)
    with terminal.err.status("restoring"):
        from adapters.ledger import check_ledger
        from adapters.recovery import restore_entries, witness_again

        who = by or getpass.getuser()
        if reason:
            plan = witness_again(model, exported, by=who, reason=reason)
        else:
            plan = restore_entries(model, exported, by=who)
        findings = check_ledger(model)[1]
    restored = [entry.number for entry in plan.entries]
    witnessed = [entry.number for entry in plan.witnesses]
    if as_json:
        done = {"restored": restored, "witnesses": witnessed, "refused": plan.refused}
        terminal.result({"model": model} | done | {"findings": _dumped(findings)})
    else:
        _tell("entries put back", restored, terminal)
        _tell("witnesses put back", witnessed, terminal)
        for line in plan.refused:
            terminal.out.print(f"[yellow]![/] {escape(line)}", soft_wrap=True)
        _print(terminal, findings)
        _print_ways_out(terminal, model, findings)
    return DAMAGED if any(finding.is_damage for finding in findings) else 0


def _prepare(terminal: Terminal) -> None:
    prepare_environment()
    terminal.capture()
    with terminal.err.status("starting ZenML"):
        prepare_stack()


def _checked(terminal: Terminal, model: str) -> tuple[list["Entry"], list["Finding"]]:
    _prepare(terminal)
    with terminal.err.status("reading the ledger"):
        from adapters.ledger import check_ledger

        entries, findings = check_ledger(model)
    if not findings:
        _require(model, entries)
    return entries, findings


def _require(model: str, entries: list["Entry"]) -> None:
    if not entries:
        raise LedgerError(f"{model} has no ledger; see all models: run.py status")


def _dumped(findings: list["Finding"]) -> list[dict[str, object]]:
    return [finding.model_dump() for finding in findings]


def _print(terminal: Terminal, findings: Sequence["Finding"]) -> None:
    for finding in findings:
        mark = "[red]✗[/]" if finding.is_damage else "[yellow]![/]"
        terminal.out.print(f"{mark} {escape(finding.text)}", soft_wrap=True)


def _print_ways_out(terminal: Terminal, model: str, findings: Sequence["Finding"]) -> None:
    from core.governance.recovery import ways_out

    for line in ways_out(model, findings):
        terminal.out.print(f"  → {line}", markup=False, soft_wrap=True)


def _tell(what: str, numbers: list[int], terminal: Terminal) -> None:
    listed = ", ".join(map(str, numbers)) or "none"
    terminal.out.print(f"{what}: {listed}", markup=False)
