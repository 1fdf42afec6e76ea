"""A whole training run on 120,000 distinct texts, beside the same fits in a plain script."""

from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import click

from benchmarks.measure import json_option, print_json, print_table, run_python
from benchmarks.rows import fresh_homes, training_command, write_rows

BOUNDS = {"minutes": 4.0, "peak GB": 3.0}
_GB_PER_MIB = 2**20 / 1e9


@click.command()
@click.option("--rows", default=120_000, show_default=True, type=click.IntRange(min=1000))
@json_option
def scale(rows: int, as_json: bool) -> None:
    """Train on many rows in a cold process; then the plain script on the same rows.

    The first 10,000 rows are AG News from DATA_DIR, the others perturbed copies, all distinct.
    """
    with TemporaryDirectory(prefix="gatehouse-benchmark-") as folder:
        data = write_rows(rows, Path(folder, "rows.parquet"))
        ours = run_python(*training_command(data), **fresh_homes(Path(mkdtemp(dir=folder))))
        theirs = run_python("-m", "benchmarks.plain_script", data, mkdtemp(dir=folder))
    values = {"minutes": ours.wall / 60, "peak GB": ours.peak * _GB_PER_MIB}
    verdicts = {
        name: {
            "value": values[name],
            "at most": most,
            "verdict": "met" if values[name] <= most else "missed",
        }
        for name, most in BOUNDS.items()
    }
    ratios = {
        "wall, ratio": ours.wall / theirs.wall,
        "CPU, ratio": ours.cpu / theirs.cpu,
        "CPU s": ours.cpu,
        "plain script, peak GB": theirs.peak * _GB_PER_MIB,
    }
    if as_json:
        print_json({"rows": rows, "bounds": verdicts, "plain": ratios})
        return
    print_table(f"A training run on {rows:,} rows", verdicts)
    beside = {name: {"value": found} for name, found in ratios.items()}
    print_table("Beside the plain script", beside)
