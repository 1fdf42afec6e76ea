"""A whole training run, from cold process to last line, against a plain script."""

from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

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
from benchmarks.stages import import_seconds, stage_seconds

RUN, CACHED, PEER, INFERRING = "run", "cached run", "plain script", "plain, inferring"

Stages = dict[str, float]


@click.command()
@rounds_option(3)
@json_option
def main(rounds: int, as_json: bool) -> None:
    r"""Time a whole run, 10,000 rows and three candidates, against a plain script, in turns.

    \b
    run               run.py train, in homes that do not exist yet: stack, checks, fits, MLflow,
                      evaluation, gate, registries, Bento
    cached run        the same command again, in the same homes
    plain script      the same fits, mlflow.sklearn.log_model of each, an evaluation, no more
    plain, inferring  the same; MLflow infers each model's requirements, as it does by default

    Shows where the time of the run goes and, from one more run under -X importtime, how much of it
    are imports. Reads AG News from DATA_DIR; without it, the embedded synthetic headlines.
    Everything is written to a temporary folder.
    """
    stages: list[Stages] = []
    with TemporaryDirectory(prefix="gatehouse-benchmark-") as folder:
        data = write_rows(BASE_ROWS, Path(folder, "rows.parquet"))
        cases = {
            RUN: partial(_run_twice, data, folder, stages),
            PEER: partial(_plain, PEER, data, folder),
            INFERRING: partial(_plain, INFERRING, data, folder, "--infer-requirements"),
        }
        rounds_found = in_turns(cases, rounds)
        imports = _imports(data, folder)
    found = [usages for case in rounds_found.values() for usages in case]
    result: dict[str, Any] = {
        "rounds": rounds,
        "usage": {
            name: medians(usages[name] for usages in found if name in usages)
            for name in (RUN, CACHED, PEER, INFERRING)
        },
        "stage_s": {name: median(found[name] for found in stages) for name in stages[0]},
        "import_s": imports,
    }
    print_json(result) if as_json else _show(result)


def _run_twice(data: Path, folder: str, stages: list[Stages]) -> dict[str, Usage]:
    homes = fresh_homes(Path(mkdtemp(dir=folder)))
    first, again = (run_python(*training_command(data), **homes) for _ in range(2))
    stages.append(stage_seconds(first, homes))
    return {RUN: first, CACHED: again}


def _plain(name: str, data: Path, folder: str, *options: str) -> dict[str, Usage]:
    own = mkdtemp(dir=folder)
    return {name: run_python("-m", "benchmarks.plain_script", data, own, *options)}


def _imports(data: Path, folder: str) -> dict[str, float]:
    homes = fresh_homes(Path(mkdtemp(dir=folder)))
    # Without --verbose, what the run's libraries write to stderr goes to a log file of its own.
    run = run_python("-X", "importtime", *training_command(data), "--verbose", **homes)
    return import_seconds(run.err)


def _show(result: dict[str, Any]) -> None:
    peer = result["usage"][PEER]
    usage = {
        name: {
            "wall s": found["wall_s"],
            "CPU s": found["cpu_s"],
            "peak MiB": found["peak_mib"],
            "wall, ratio": found["wall_s"] / peer["wall_s"],
            "CPU, ratio": found["cpu_s"] / peer["cpu_s"],
        }
        for name, found in result["usage"].items()
    }
    print_table("Medians; ratio to the plain script", usage)
    total = sum(result["stage_s"].values())
    stages = {
        name: {"s": seconds, "%": 100 * seconds / total}
        for name, seconds in result["stage_s"].items()
    }
    print_table("Where the run's wall time goes", stages)
    imports = {name: {"s": seconds} for name, seconds in result["import_s"].items()}
    print_table("Imports, in whichever stage (one run, under -X importtime)", imports)


if __name__ == "__main__":
    main()
