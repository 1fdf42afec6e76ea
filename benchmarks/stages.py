"""Where the time of a training run goes, by ZenML's records and Python's import log."""

import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from benchmarks.measure import Usage, run_python

START, BETWEEN, END = "start: imports, home, stack", "between steps", "end: outcome, exit"
FITS, TRACKING = "fits", "MLflow, storing, scoring"
_STAGES = {
    "load_data": "data",
    "split_data": "data",
    "sample_reference": "data",
    "validate_data": "Great Expectations",
    "validate_splits": "Great Expectations",
    "release": "registries and Bento",
}
_FRAMEWORKS = {
    *("zenml", "mlflow", "great_expectations", "evidently", "bentoml", "sqlalchemy"),
    *("sklearn", "scipy", "pandas", "pyarrow", "matplotlib"),
}
_IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \|( *)([\w.]+)")


@click.command()
@click.argument("run_id", type=click.UUID)
@click.argument("started", type=float)
@click.argument("ended", type=float)
def main(run_id: UUID, started: float, ended: float) -> None:
    """Print the seconds of each stage of a run as one JSON object.

    RUN_ID is a run in the present ZenML home, STARTED and ENDED the Unix times of its process.
    """
    from zenml.client import Client

    steps = Client().get_pipeline_run(run_id, hydrate=True).steps
    times = {name: (_unix(step.start_time), _unix(step.end_time)) for name, step in steps.items()}
    first, last = min(begin for begin, _ in times.values()), max(end for _, end in times.values())
    seconds: dict[str, float] = defaultdict(float, {START: first - started, "data": 0.0})
    for name, (begin, end) in times.items():
        if name.startswith("train_"):
            fit = float(str(steps[name].run_metadata["fit_seconds"]))
            seconds[FITS] += fit
            seconds[TRACKING] += end - begin - fit
        else:
            seconds[_STAGES.get(name, "evaluation, export, gate")] += end - begin
    seconds[BETWEEN] = ended - started - sum(seconds.values()) - (ended - last)
    seconds[END] = ended - last
    click.echo(json.dumps(seconds))


def stage_seconds(run: Usage, homes: dict[str, Path]) -> dict[str, float]:
    """Seconds by stage of a ``run.py train --json`` in these homes; together its wall time."""
    run_id, ended = json.loads(run.out)["run_id"], run.started + run.wall
    probe = run_python("-m", "benchmarks.stages", run_id, str(run.started), str(ended), **homes)
    found: dict[str, float] = json.loads(probe.out)
    return found


def import_seconds(log: str) -> dict[str, float]:
    """Seconds of importing each framework, from what ``python -X importtime`` writes.

    What a framework imports counts as its own, but for the other frameworks.
    """
    seconds: dict[str, float] = defaultdict(float)
    owners: list[str] = []
    # The log names a module after those that it imports; backwards, importers come first.
    for match in map(_IMPORT.match, reversed(log.splitlines())):
        if match:
            depth, package = len(match[2]) // 2, match[3].partition(".")[0]
            del owners[depth:]
            owner = owners[-1] if owners else "everything else"
            owners.append(package if package in _FRAMEWORKS else owner)
            seconds[owners[-1]] += int(match[1]) / 1e6
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _unix(moment: datetime | None) -> float:
    """ZenML keeps UTC without saying so."""
    assert moment, "the run has not ended"
    return moment.replace(tzinfo=UTC).timestamp()


if __name__ == "__main__":
    main()
