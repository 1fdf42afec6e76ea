"""A training run on 120,000 rows against one on 10,000: peak memory and time per row."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

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

BOUNDS = {"peak GB": 2.5, "wall per row, ratio": 1.0, "CPU per row, ratio": 1.0}
_GB_PER_MIB = 2**20 / 1e9


@click.command()
@click.option("--rows", default=120_000, show_default=True, type=click.IntRange(min=BASE_ROWS + 1))
@rounds_option(1)
@json_option
def main(rows: int, rounds: int, as_json: bool) -> None:
    """Train on many rows and on 10,000, in turns: peak memory, and the ratio of time per row.

    The first 10,000 rows are AG News from DATA_DIR or, without it, the embedded synthetic
    headlines; the others are perturbed copies of them, all distinct. Each run is a cold process in
    fresh homes and trains three candidates. A ratio below 1 means that a row costs less when there
    are more of them.
    """
    with TemporaryDirectory(prefix="gatehouse-benchmark-") as folder:
        cases = {
            f"{count:,} rows": partial(_train, write_rows(count, Path(folder, f"{count}.parquet")))
            for count in (BASE_ROWS, rows)
        }
        few, many = (medians(found) for found in in_turns(cases, rounds).values())
    growth = rows / BASE_ROWS
    values = {
        "peak GB": many["peak_mib"] * _GB_PER_MIB,
        "wall per row, ratio": many["wall_s"] / few["wall_s"] / growth,
        "CPU per row, ratio": many["cpu_s"] / few["cpu_s"] / growth,
    }
    if as_json:
        print_json({"rounds": rounds, "few": few, "many": many, "values": values, "bounds": BOUNDS})
        return
    print_table("Medians", dict(zip(cases, (few, many), strict=True)))
    print_table(
        "Bounds", {name: {"value": values[name], "at most": BOUNDS[name]} for name in BOUNDS}
    )


def _train(data: Path) -> Usage:
    homes = fresh_homes(Path(mkdtemp(dir=data.parent)))
    return run_python(*training_command(data), **homes)


if __name__ == "__main__":
    main()
