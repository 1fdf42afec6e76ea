"""What a training run ended with, read back from its artifacts."""

import json
from dataclasses import dataclass
from shlex import quote
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from zenml.client import Client
from zenml.models import PipelineRunResponse

from adapters.candidates import Candidate
from adapters.ledger import read_ledger
from adapters.registry import production_version
from cli.tables import print_findings
from cli.terminal import shown, tool
from core.config.job import JobConfig
from core.config.loading import config_hash
from core.evaluation.evaluation import Evaluation
from core.governance.approval import Settlement, release_of
from core.governance.decision import Decision
from core.governance.ledger import Entry
from core.models.scorer.spec import PickledModel, ServedModel, example_request
from core.tasks.training import CandidateResult

EXIT_CODES = {
    "promoted": 0,
    "challenger": 0,
    "failed": 1,
    "blocked": 3,
    "waiting": 4,
    "rejected": 5,
    "cancelled": 7,
    "expired": 8,
}
ASK = "curl -s localhost:3000/predict -H 'content-type: application/json'"
LONGEST_QUESTION = 4000
COLORS = {"promoted": "green", "challenger": "green", "waiting": "yellow"}


@dataclass(frozen=True)
class TrainingOutcome:
    """A finished or waiting run; docs/cli.md explains the keys of :meth:`as_json`."""

    config: JobConfig
    run_id: str
    status: str
    candidates: tuple[CandidateResult, ...]
    selected: str
    evaluation: Evaluation
    decision: Decision
    data: dict[str, Any]
    version: str | None
    bento: str | None
    settlement: Settlement | None

    @classmethod
    def of_run(cls, run_id: str, config: JobConfig) -> "TrainingOutcome":
        """Read the outcome of a run that came to the gate."""
        run = Client().get_pipeline_run(run_id)
        findings = _findings(run, config)
        decision: Decision = findings["decision"]
        released = release_of(read_ledger(config.name), run_id)
        version, bento = (
            (released.version, released.bento) if released else _in_production(config.name)
        )
        settlement = None
        if decision.outcome == "promote" and config.promotion.approval == "required":
            settlement = Candidate(config=config, case=_output(run, "submit", "case")).settlement()
        return cls(
            config=config,
            run_id=run_id,
            status=_status(run, config, decision, released, settlement),
            version=version,
            bento=bento,
            settlement=settlement,
            **findings,
        )

    @property
    def exit_code(self) -> int:
        """Of the command line; docs/cli.md lists them."""
        return EXIT_CODES[self.status]

    @property
    def reasons(self) -> list[str]:
        """Why: what the gate found, and what people said."""
        people = [] if self.settlement is None else [self.settlement.text]
        return [*self.decision.reasons, *people]

    def as_json(self) -> dict[str, Any]:
        """The object of ``train --json``."""
        chosen = next(item for item in self.candidates if item.name == self.selected)
        told = {
            "status": self.status,
            "run_id": self.run_id,
            "model": self.config.name,
            "version": self.version,
            "candidate": self.selected,
            "metrics": {
                "validation": chosen.metrics,
                "test": self.evaluation.values(),
                "test_intervals": {
                    name: [value.low, value.high] for name, value in self.evaluation.metrics.items()
                },
            },
            "candidates": {item.name: item.metrics for item in self.candidates},
            "comparison": plain(self.decision.comparison),
            "parity": plain(self.decision.parity),
            "bento": self.bento,
            "dataset": self.data,
            "config_hash": config_hash(self.config),
            "reasons": self.reasons,
        }
        return told | ({"commands": commands(self.run_id)} if self.status == "waiting" else {})

    def print(self, console: Console) -> None:
        """The closing tables, the result, and the commands to type next."""
        print_findings(console, self.candidates, self.selected, self.evaluation, self.decision)
        self.print_result(console)

    def print_result(self, console: Console) -> None:
        """The result and the commands to type next."""
        color = COLORS.get(self.status, "red")
        console.print(f"[bold {color}]{self.status.upper()}[/] {self.config.name}: {self.selected}")
        for reason in self.reasons:
            console.print(f"  - {shown(reason)}", soft_wrap=True)
        if self.status in ("promoted", "challenger"):
            self._print_release(console)
        else:
            held = f"version {self.version} stays" if self.version else "nothing is"
            console.print(f"  Nothing was changed; {held} in production.")
        if self.status == "waiting":
            console.print("\nNext:")
            for name, command in commands(self.run_id).items():
                console.print(f"  {name:<8} {shown(command)}", soft_wrap=True)
        console.print(f"  look     {shown(tool('python'))} run.py status")

    def _print_release(self, console: Console) -> None:
        console.print(f"  version {self.version}, Bento {self.bento}")
        console.print("\nNext:")
        console.print(f"  serve    {shown(tool('bentoml'))} serve {self.bento}", soft_wrap=True)
        console.print(f"  ask      {shown(self._question())}", soft_wrap=True)

    def _question(self) -> str:
        """How to ask the served model, with a request that it answers."""
        model: ServedModel = _output(
            Client().get_pipeline_run(self.run_id), "export_scorer", "scorer"
        )
        features = model.features if isinstance(model, PickledModel) else ()
        body = json.dumps(example_request(features), ensure_ascii=False)
        if len(body) > LONGEST_QUESTION:
            return "see http://localhost:3000/docs"
        return f"{ASK} -d {quote(body)}"


def commands(run_id: str) -> dict[str, str]:
    """What can be typed about a candidate that waits."""
    start, who = f"{tool('python')} run.py", "--by NAME --reason TEXT"
    votes = {act: f"{start} {act} {run_id} {who}" for act in ("approve", "reject", "cancel")}
    return {"case": f"{start} case {run_id}"} | votes


def plain(model: BaseModel) -> Any:
    """As plain values, JSON-ready but for numbers that are undefined."""
    return model.model_dump(mode="json")


def _findings(run: PipelineRunResponse, config: JobConfig) -> dict[str, Any]:
    if "submit" in run.steps:
        case = _output(run, "submit", "case")
        return {
            "candidates": case.candidates,
            "selected": case.selected.name,
            "evaluation": case.evaluation,
            "decision": case.decision,
            "data": {"fingerprint": case.data.fingerprint, "rows": case.data.rows},
        }
    # Nothing new: there is no case for anybody.
    dataset = run.steps["load_data"].outputs["dataset"][0].run_metadata
    trained = [f"train_{candidate.name}" for candidate in config.candidates]
    return {
        "candidates": tuple(_output(run, step, "candidate") for step in trained),
        "selected": _output(run, "select_candidate", "selected"),
        "evaluation": _output(run, "evaluate_model", "evaluation"),
        "decision": _output(run, "decide", "decision"),
        "data": {"fingerprint": dataset["fingerprint"], "rows": dataset["rows"]},
    }


def _output(run: PipelineRunResponse, step: str, name: str) -> Any:
    return run.steps[step].outputs[name][0].load()


def _status(
    run: PipelineRunResponse,
    config: JobConfig,
    decision: Decision,
    released: Entry | None,
    settlement: Settlement | None,
) -> str:
    if decision.outcome == "blocked":
        return "blocked"
    if decision.outcome == "unchanged":
        return "promoted"
    if released is not None:
        return "challenger" if config.promotion.target == "challenger" else "promoted"
    if settlement is None or (settlement.outcome == "approved" and run.status.is_finished):
        return "failed"
    # Approved and not released yet: another process is at it.
    return "waiting" if settlement.outcome in ("pending", "approved") else settlement.outcome


def _in_production(name: str) -> tuple[str | None, str | None]:
    """Version and Bento that stand there now."""
    held = production_version(name)
    return (None, None) if held is None else (str(held.number), str(held.run_metadata["bento"]))
