"""The command line of the comparison."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks.measure import json_option, print_json, rounds_option
from benchmarks.serving import report
from benchmarks.serving.contenders import CACHED, Contender, contenders
from benchmarks.serving.endurance import endure, judge_endurance
from benchmarks.serving.environment import serving_environment
from benchmarks.serving.models import CANDIDATES, DATA, Model, make_model
from benchmarks.serving.rounds import visit_in_turns
from benchmarks.serving.starts import judge_starts, start_in_turns
from benchmarks.serving.targets import judge

Result = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """What one call of a mode measures, and whether it prints tables."""

    model: Model
    contenders: list[Contender]
    workers: int
    rounds: int
    seconds: int
    quiet: bool

    @property
    def title(self) -> str:
        """For tables."""
        return f"{self.model.name}, {self.workers} worker{'s' if self.workers > 1 else ''}"


@click.command()
@click.option(
    "--model",
    "names",
    multiple=True,
    type=click.Choice(list(CANDIDATES)),
    default=tuple(CANDIDATES),
    show_default=True,
    help="Logistic regression, calibrated SVM; repeatable.",
)
@click.option(
    "--workers",
    multiple=True,
    type=click.IntRange(min=1),
    default=(1, 2),
    show_default=True,
    help="Of every contender; repeatable.",
)
@rounds_option(3)
@click.option(
    "--seconds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How long each load lasts.",
)
@click.option("--endurance", "mode", flag_value="endurance", help="Instead: 300,000 requests.")
@click.option("--cold-start", "mode", flag_value="cold start", help="Instead: start and memory.")
@json_option
def main(
    names: tuple[str, ...],
    workers: tuple[int, ...],
    rounds: int,
    seconds: int,
    mode: str | None,
    as_json: bool,
) -> None:
    r"""Measure our service against its peers: same model, same texts, same number of workers.

    \b
    gatehouse          bentoml serve of our Bento, with nothing but its own lock installed;
                       metrics and prediction log on, no answer cached
    gatehouse, cache   the same as it is by default; more texts than the cache has entries
    FastAPI            scikit-learn's predict_proba behind plain FastAPI; handlers sync and async,
                       the faster one counts
    limit              bare FastAPI around our exact scorer, with our answer body
    mlflow serve       mlflow models serve of the same estimator
    BentoML, default   a class with sync APIs around the same estimator

    They take turns, each started anew, alone and warmed up; all must give the estimator's labels
    and probabilities. wrk sends 2,048 different AG News texts that the model was not fitted on, one
    a request over 10 and 100 connections, then in batches of 100.

    --endurance sends requests to our default service and watches its processes grow, --cold-start
    times the first right answer of all contenders and takes their memory after 1,000 requests.

    Needs wrk and DATA_DIR. What it writes lies in temporary folders; the one with the environment
    of the serving lock is kept for the next run.
    """
    data_dir = _require_tools()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    serving, results = serving_environment(), []
    with TemporaryDirectory(prefix="gatehouse-benchmark-", ignore_cleanup_errors=True) as folder:
        for name in names:
            click.echo(f"{name}: fitting, releasing", err=True)
            model = make_model(name, data_dir, Path(folder, name))
            found = contenders(model, serving)
            for count in workers:
                job = Job(model, found, count, rounds, seconds, as_json)
                results.append({"model": name, "workers": count, **_MODES[mode](job)})
    if as_json:
        print_json({"rounds": rounds, "seconds": seconds, "results": results})


def _require_tools() -> Path:
    """The folder of the real data; a one-line error if it or wrk is missing."""
    if not shutil.which("wrk"):
        raise click.ClickException("wrk is not on PATH; install it: apt-get install wrk")
    data_dir = Path(os.environ.get("DATA_DIR", ""))
    if not (data_dir / DATA).is_file():
        raise click.ClickException(f"there is no {DATA} in DATA_DIR={data_dir}; set DATA_DIR")
    return data_dir


def _compare(job: Job) -> Result:
    visits = visit_in_turns(job.model, job.contenders, job.workers, job.rounds, job.seconds)
    findings, noise = judge(job.model.name, visits), report.noise(visits)
    if not job.quiet:
        report.show_visits(job.title, visits)
        report.show_findings(f"{job.title}: ours by round", findings)
    if noise:
        click.echo(noise, err=True)
    found = {name: [asdict(visit) for visit in visited] for name, visited in visits.items()}
    return {"contenders": found, "findings": [asdict(finding) for finding in findings]}


def _endurance(job: Job) -> Result:
    (contender,) = (found for found in job.contenders if found.name == CACHED)
    endurance = endure(contender, job.model, job.workers)
    findings = judge_endurance(endurance)
    if not job.quiet:
        report.show_findings(f"{job.title}: endurance", findings)
    return {"endurance": asdict(endurance), "findings": [asdict(finding) for finding in findings]}


def _cold_start(job: Job) -> Result:
    starts = start_in_turns(job.model, job.contenders, job.workers, job.rounds)
    findings = judge_starts(starts)
    if not job.quiet:
        report.show_starts(f"{job.title}: cold start, memory after 1,000 requests", starts)
        report.show_findings(f"{job.title}: ours by default", findings)
    found = {name: [asdict(start) for start in started] for name, started in starts.items()}
    return {"cold_starts": found, "findings": [asdict(finding) for finding in findings]}


_MODES: dict[str | None, Callable[[Job], Result]] = {
    None: _compare,
    "endurance": _endurance,
    "cold start": _cold_start,
}

if __name__ == "__main__":
    main()
