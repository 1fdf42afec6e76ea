"""A whole training run, from cold process to last line, against a plain script."""

import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import click

from benchmarks.measure import (
    Usage,
    in_turns,
    json_option,
    medians,
    print_json,
    print_table,
    rounds_option,
    run_python,
)
from benchmarks.rows import BASE_ROWS, fresh_homes, training_command, write_rows
from benchmarks.stages import STAGES

PEER = "plain script"
RUN, CACHED = "run", "cached run"


@click.command()
@rounds_option(3)
@json_option
def main(rounds: int, as_json: bool) -> None:
    """Time a whole run of 10,000 rows and three candidates against a plain script, in turns.

    \b
    run              run.py train in homes that do not exist yet: stack, checks, fits, MLflow,
                     evaluation, gate, registries, Bento
    cached run       the same command again in the same homes
    plain script     benchmarks/plain_script.py: the same fits, mlflow.sklearn.log_model of each
                     to SQLite, evaluation; nothing else
    ..., inferring   the same, with MLflow left to infer each model's requirements (its default)

    Then shows where the run's time goes. Reads AG News from DATA_DIR; without it, the embedded
    synthetic headlines. All that is written lies in a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as name:
        folder = Path(name)
        data = write_rows(BASE_ROWS, folder / "rows.parquet")
        stages: list[dict[str, float]] = []
        again: list[Usage] = []
        cases: dict[str, Callable[[], Usage]] = {
            "run": partial(_run, data, folder, stages, again),
            PEER: partial(_plain, data, folder),
            f"{PEER}, inferring": partial(_plain, data, folder, "--infer-requirements"),
        }
        results = {**in_turns(cases, rounds), "cached run": again}
    usages = {name: medians(found) for name, found in results.items()}
