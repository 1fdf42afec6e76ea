"""What the commands of people who decide share."""

from cli.environment import prepare_environment, prepare_stack
from cli.terminal import Terminal


def decide_and_show(terminal: Terminal, run: str, act: str, by: str, reason: str) -> int:
    """Decide on a run's candidate and show what came of it; returns the exit code."""
    prepare_environment()
    terminal.capture()
    with terminal.err.status("starting ZenML"):
        prepare_stack()
        from adapters.candidates import find_candidate
        from cli.outcome import TrainingOutcome
        from cli.people import ACTS, decide

        candidate = find_candidate(run)
    decide(terminal, candidate, ACTS[act], by, reason)
    outcome = TrainingOutcome.of_run(candidate.case.run, candidate.config)
    if terminal.as_json:
        terminal.result(outcome.as_json())
    else:
        outcome.print_result(terminal.out)
    return outcome.exit_code
