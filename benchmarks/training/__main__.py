"""``python -m benchmarks.training``."""

import click

from benchmarks.training.accuracy import accuracy
from benchmarks.training.scale import scale
from benchmarks.training.search import search
from benchmarks.training.sharing import sharing


@click.group()
def main() -> None:
    """Accuracies, shared work, search and 120,000 texts, each beside plain scikit-learn."""


for command in (accuracy, sharing, search, scale):
    main.add_command(command)

if __name__ == "__main__":
    main()
