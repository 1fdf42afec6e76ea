"""Changes of a standing made directly, on the artifacts of one training run, also to be killed."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from zenml.client import Client

from adapters import release, repair as repairing
from adapters.ledger import append, read_ledger
from adapters.release import Release, release_model, withdraw_challenger
from adapters.repair import repair
from adapters.rollback import plan_rollback, roll_back
from cli.environment import prepare_environment, prepare_stack
from core.config.job import JobConfig
from core.errors import GatehouseError
from core.governance.case import Case
from core.governance.ledger import Draft
from core.governance.state import state_of
from tests.gatehouse import claim
from tests.processes import processes

INPUTS = {
    "model": ("train_{selected}", "model"),
    "scorer": ("export_scorer", "scorer"),
    "golden": ("export_scorer", "golden"),
    "evaluation": ("evaluate_model", "evaluation"),
    "dataset": ("load_data", "dataset"),
    "reference": ("sample_reference", "reference"),
    "case": ("submit", "case"),
}


@dataclass(frozen=True)
class Source:
    """A training run whose candidate may be released under any name."""

    run_id: str
    config: JobConfig

    def submit(self, name: str) -> None:
        """Write the run into the ledger of this name, as the gate does."""
        claim(name)
        if self.run_id not in state_of(read_ledger(name)).runs:
            append(name, Draft(action="submission", by="ann", reason="", run=self.run_id))

    def release(self, name: str, target: str = "production", expected: str | None = "") -> Release:
        """Release it; the gate has compared with ``expected``, or with what is in production."""
        self.submit(name)
        steps = Client().get_pipeline_run(self.run_id).steps
        case: Case = steps["submit"].outputs["case"][0].load()
        kept = {
            name: steps[step.format(selected=case.selected.name)].outputs[output][0]
            for name, (step, output) in INPUTS.items()
        }
        if expected == "":
            expected = state_of(read_ledger(name)).standing.production
        decision = case.decision.model_copy(update={"production_version": expected})
        promotion = self.config.promotion.model_copy(update={"target": target})
        return release_model(
            self.config.model_copy(update={"name": name, "promotion": promotion}),
            case.model_copy(update={"model": name, "decision": decision}),
            by="ann",
            scorer=kept["scorer"].load(),
            golden=kept["golden"].load(),
            artifacts=kept,
        )


def challenge(source: Source, name: str) -> None:
    source.release(name, "challenger")


def promote(source: Source, name: str) -> None:
    source.release(name)


def withdraw(source: Source, name: str) -> None:
    withdraw_challenger(name, by="ann", reason="too slow")


def go_back(source: Source, name: str) -> None:
    roll_back(plan_rollback(name), by="ann", reason="too many wrong")


def killed(change: Callable[[Source, str], None], source: Source, name: str, where: str) -> None:
    """Run a change in a process that dies at a point, by a real SIGKILL."""
    source.submit(name)
    process = processes.Process(target=_run_and_die, args=(change, source, name, where))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL, f"it was not killed: {process.exitcode}"


def _run_and_die(
    change: Callable[[Source, str], None], source: Source, name: str, where: str
) -> None:
    _prepare()
    _die(where)
    change(source, name)


def _die(where: str) -> None:
    """Kills this process ``before`` or ``after`` a call of a function, such as its second one."""
    moment, target, *nth = where.split()
    place, _, attribute = target.partition(":")
    owner: Any = import_module(place)
    *path, attribute = attribute.split(".")
    for part in path:
        owner = getattr(owner, part)
    original, left = getattr(owner, attribute), int(nth[0]) if nth else 1

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if moment == "before" and not left:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **options)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, call)


def mend(source: Source, name: str) -> None:
    repair(name, "doc")


def mend_slowly(source: Source, name: str, reached: Any, go: Any) -> None:
    """Wait in the middle of a repair until the test lets it go on."""
    _prepare()
    original = repairing.completion_of

    def completion_of(*arguments: Any) -> Any:
        reached.set()
        assert go.wait(60)
        return original(*arguments)

    repairing.completion_of = completion_of
    mend(source, name)


def promote_slowly(source: Source, name: str, reached: Any, go: Any) -> None:
    """Wait in the middle of a release until the test lets it go on."""
    _prepare()
    original = release.annotate

    def annotate(*arguments: Any) -> None:
        original(*arguments)
        reached.set()
        assert go.wait(60)

    release.annotate = annotate
    promote(source, name)


def promote_together(source: Source, name: str, together: Any, said: Any) -> None:
    """Begin when the other one begins; say "won", or the error."""
    _prepare()
    expected = state_of(read_ledger(name)).standing.production
    together.wait(60)
    try:
        source.release(name, expected=expected)
    except GatehouseError as error:
        said.put(str(error))
    else:
        said.put("won")


def _prepare() -> None:
    prepare_environment()
    prepare_stack()
