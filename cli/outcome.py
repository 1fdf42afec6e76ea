"""What a training run ended with, read back from its artifacts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from zenml.client import Client

from adapters.registry import production_version
from adapters.release import Release
from cli.terminal import tool
from core.config.job import JobConfig
from core.config.loading import config_hash
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.governance.decision import Decision
from core.tasks.training import CandidateResult


@dataclass(frozen=True)
class TrainingOutcome:
    """A finished run; docs/cli.md explains the keys of :meth:`as_json`."""

    config: JobConfig
    run_id: str
    dataset: Dataset
    candidates: list[CandidateResult]
    selected: str
    evaluation: Evaluation
    decision: Decision
    version: str | None
    bento: str | None

    @classmethod
    def of_run(cls, run_id: UUID, config: JobConfig) -> "TrainingOutcome":
        """Read the outcome of a completed run."""
        steps = Client().get_pipeline_run(run_id).steps

        def output(step: str, name: str) -> Any:
            return steps[step].outputs[name][0].load()

        decision: Decision = output("decide", "decision")
        version, bento = decision.production_version, None
        if decision.outcome == "promote":
            released: Release = output("release", "release")
            version, bento = released.version, released.bento
        elif (held := production_version(config.name)) is not None:
            bento = str(held.run_metadata["bento"])
        return cls(
            config=config,
            run_id=str(run_id),
            dataset=output("load_data", "dataset"),
            candidates=[output(f"train_{c.name}", "candidate") for c in config.candidates],
            selected=output("select_candidate", "selected"),
            evaluation=output("evaluate_model", "evaluation"),
            decision=decision,
            version=version,
            bento=bento,
        )

    @property
    def status(self) -> str:
        """``promoted``, ``challenger`` or ``blocked``."""
        if self.decision.outcome == "promote" and self.config.promotion.target == "challenger":
            return "challenger"
        return "blocked" if self.decision.outcome == "blocked" else "promoted"

    def as_json(self) -> dict[str, Any]:
        """The object of ``train --json``."""
        chosen = next(item for item in self.candidates if item.name == self.selected)
        return {
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
            "comparison": self.decision.comparison.model_dump(),
            "parity": self.decision.parity.model_dump(),
            "bento": self.bento,
            "dataset": {"fingerprint": self.dataset.fingerprint, "rows": len(self.dataset)},
            "config_hash": config_hash(self.config),
            "reasons": list(self.decision.reasons),
        }

    def print(self, console: Console) -> None:
        """The closing tables and the commands to type next."""
        console.print(self._candidate_table())
        console.print(self._metric_table())
        color = "red" if self.status == "blocked" else "green"
        console.print(f"[bold {color}]{self.status.upper()}[/] {self.config.name}: {self.selected}")
        for reason in self.decision.reasons:
            console.print(f"  - {reason}", soft_wrap=True)
        if self.status == "blocked":
            held = f"version {self.version} stays" if self.version else "nothing is"
            console.print(f"  Nothing was changed; {held} in production.")
        else:
            console.print(f"  version {self.version}, Bento {self.bento}")
            console.print("\nNext:")
            console.print(f"  serve    {tool('bentoml')} serve {self.bento}", soft_wrap=True)
            console.print(
                "  ask      curl -s localhost:3000/predict -H 'content-type: application/json' "
                '-d \'{"text": "..."}\'',
                soft_wrap=True,
            )
        console.print(f"  look     {tool('python')} run.py status")

    def _candidate_table(self) -> Table:
        table = Table("candidate", "accuracy", "F1 macro", "AUC", "fit s", title="Validation split")
        for item in self.candidates:
            style = "bold" if item.name == self.selected else None
            values = [f"{item.metrics[key]:.4f}" for key in ("accuracy", "f1_macro", "auc")]
            mark = " ←" if item.name == self.selected else ""
            table.add_row(item.name + mark, *values, f"{item.fit_seconds:.2f}", style=style)
        return table

    def _metric_table(self) -> Table:
        table = Table(
            "metric", "value", "95% interval", title=f"Test split ({self.evaluation.rows} rows)"
        )
        for name, value in self.evaluation.metrics.items():
            table.add_row(name, f"{value.value:.4f}", f"{value.low:.4f} to {value.high:.4f}")
        return table
