"""Rows for benchmarks, as a Parquet file, and what a training run needs to read them."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import click

from benchmarks.measure import ROOT, run_python

BASE_ROWS = 10_000
_REAL_DATA = "ag_news/ag_news_10k.parquet"

Row = tuple[str, int | str]


@click.command()
@click.argument("rows", type=click.IntRange(min=1))
@click.argument("file", type=click.Path(path_type=Path))
def main(rows: int, file: Path) -> None:
    """Write ROWS rows, columns text and label, to a Parquet FILE.

    The first 10,000 are AG News from DATA_DIR or, without it, the embedded synthetic headlines.
    Further ones are copies of them with words dropped, swapped and repeated; no two are equal.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    base = read_base()
    every = [*base[:rows], *perturbed(base, rows - len(base))]
    texts, labels = zip(*every, strict=True)
    pq.write_table(pa.table({"text": texts, "label": labels}), file)


def read_base() -> list[Row]:
    """The real rows of ``DATA_DIR``, or the embedded ones."""
    import pyarrow.parquet as pq

    from core.data.headlines import generate_headlines

    folder = os.environ.get("DATA_DIR")
    real = Path(folder, _REAL_DATA) if folder else None
    table = pq.read_table(real) if real else generate_headlines(BASE_ROWS, seed=7)
    return list(zip(table["text"].to_pylist(), table["label"].to_pylist(), strict=True))


def perturbed(base: list[Row], count: int, seed: int = 0) -> Iterator[Row]:
    """Yields ``count`` seeded copies of rows, each with a text of its own."""
    random, seen = Random(seed), {text for text, _ in base}
    while count > 0:
        text, label = random.choice(base)
        words = text.split()
        for _ in range(1 + len(words) // 10):
            _perturb(words, random)
        text = " ".join(words)
        if text not in seen:
            seen.add(text)
            count -= 1
            yield text, label


def _perturb(words: list[str], random: Random) -> None:
    """Drop a word, swap two neighbours or repeat a word, in place."""
    place = random.randrange(max(len(words) - 1, 1))
    match random.randrange(3):
        case 0 if len(words) > 3:
            del words[place]
        case 1:
            words[place : place + 2] = reversed(words[place : place + 2])
        case _:
            words.insert(place, words[place])


def write_rows(rows: int, file: Path) -> Path:
    """Write a file in a process of its own, so that this one stays small; returns it."""
    run_python("-m", "benchmarks.rows", str(rows), file)
    return file


def training_command(file: Path) -> list[str]:
    """Arguments of Python for a whole training run on such a file, three candidates."""
    config = "ag_news" if "DATA_DIR" in os.environ else "quickstart"
    overrides = ("data.source.kind=file", f"data.source.path={file}", "data.limit=null")
    options = [option for override in overrides for option in ("--set", override)]
    return ["run.py", "train", "--config", f"configs/{config}.yaml", "--json", *options]


def fresh_homes(folder: Path) -> dict[str, Path]:
    """Environment variables that keep all that a run writes below ``folder``."""
    return {
        "ZENML_CONFIG_PATH": folder / "zenml",
        "ZENML_LOCAL_STORES_PATH": folder / "stores",
        "ZENML_REPOSITORY_PATH": folder,
        "ZENML_CUSTOM_SOURCE_ROOT": ROOT,
        "BENTOML_HOME": folder / "bentoml",
    }


if __name__ == "__main__":
    main()
