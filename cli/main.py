"""The command group, its default command, and the one place where errors become exit codes."""

import sys
import traceback

import click

from adapters.interrupts import keyboard_interrupts
from cli.commands.api_key import api_key
from cli.commands.approve import approve
from cli.commands.bundle import bundle
from cli.commands.cancel import cancel
from cli.commands.case import case
from cli.commands.challenger import challenger
from cli.commands.doctor import doctor
from cli.commands.history import history
from cli.commands.init_config import init_config
from cli.commands.ledger import ledger
from cli.commands.monitor import monitor
from cli.commands.plan import plan
from cli.commands.reject import reject
from cli.commands.reproduce import reproduce
from cli.commands.rollback import rollback
from cli.commands.schema import schema
from cli.commands.stack import stack
from cli.commands.status import status
from cli.commands.train import train
from cli.terminal import Terminal
from core.errors import GatehouseError

INTERRUPTED = 130
INTERRUPTION = (
    "interrupted; an unfinished release is undone, a finished one stays (see status). "
    "Run it again: finished steps are cached"
)

EPILOG = """\b
Exit codes: 0 done; 1 failed; 2 wrong usage or config; 3 blocked by a rule;
4 waiting for approval; 5 rejected; 6 drift at or above --fail-on; 7 cancelled; 8 expired;
130 interrupted.

\b
Start here:
  python run.py --config configs/quickstart.yaml
  python run.py init-config --data FILE
  python run.py status
"""


class DefaultTrain(click.Group):
    """A group whose default command is ``train``: ``run.py --config F`` trains."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ("--help", "-h", "--version"):
            args = ["train", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=DefaultTrain, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option("0.1.0", prog_name="gatehouse")
def cli() -> None:
    """Gatehouse: from one YAML config to a model in production, through a gate.

    `run.py --config FILE` means `run.py train --config FILE`.
    """


SERVING = (rollback, challenger, monitor, bundle, api_key)
PEOPLE = (case, approve, reject, cancel)
RECORD = (ledger, history)
WORK = (init_config, train, plan, status, reproduce, stack, doctor, schema)
for command in (*WORK, *PEOPLE, *RECORD, *SERVING):
    cli.add_command(command)


def main() -> int:
    """Run the command line; returns the exit code."""
    with keyboard_interrupts():
        return run(sys.argv[1:])


def run(arguments: list[str]) -> int:
    """Run one command; returns its exit code, never raises."""
    as_json, verbose = "--json" in arguments, "--verbose" in arguments
    terminal = Terminal(as_json=as_json, verbose=verbose)
    try:
        code = cli.main(arguments, prog_name="run.py", standalone_mode=False, obj=terminal)
        code = int(code or 0)
    except (KeyboardInterrupt, click.exceptions.Abort):
        code = _fail(terminal, "Interrupted", INTERRUPTION, INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        terminal.err.print(error.format_message(), markup=False)
        return error.exit_code
    except click.ClickException as error:
        code = _fail(terminal, "UsageError", error.format_message(), error.exit_code)
    except GatehouseError as error:
        code = _fail(terminal, type(error).__name__, str(error), error.exit_code)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return _fail(terminal, type(error).__name__, message, 1, unexpected=True)
    terminal.discard_log()
    return code


def _fail(
    terminal: Terminal, kind: str, message: str, code: int, *, unexpected: bool = False
) -> int:
    if terminal.verbose:
        traceback.print_exc(file=terminal.err.file)
    elif unexpected:
        message += "; see --verbose"
        message += f" or {terminal.log}" if terminal.log else ""
    terminal.error(message, kind=kind, exit_code=code)
    return code
