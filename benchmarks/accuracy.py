"""Accuracy of a config's candidates over several splits of the same rows."""

from collections import defaultdict
from pathlib import Path

import click
import numpy as np

from benchmarks.measure import json_option, print_json, print_table
from core.config import JobConfig, load_config
from core.data.dataset import Dataset
from core.evaluation.selection import select
from core.tasks import get_task
from core.tasks.training import fit_candidate

SELECTED = "selected"
Score = tuple[float, float]


@click.command()
@click.argument("configs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="As of run.py.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(min=2))
@json_option
def main(configs: tuple[Path, ...], overrides: tuple[str, ...], seeds: int, as_json: bool) -> None:
    r"""Split, fit and score with several seeds; mean and standard deviation of the accuracy.

    The row "selected" is what a run would have evaluated: in each split, the candidate with the
    best validation accuracy. The splits overlap, so the deviation says how much one split's figure
    is worth, not how certain the mean is.

    \b
    Example:
      python -m benchmarks.accuracy configs/ag_news.yaml configs/ag_news_best.yaml \
        --set data.source.kind=file --set data.source.path=$DATA_DIR/ag_news/ag_news_10k.parquet
    """
    result: dict[str, dict[str, float]] = {}
    for path in configs:
        scores = _scores(load_config(path, overrides), seeds)
        result |= {f"{path.stem}: {name}": _summary(found) for name, found in scores.items()}
    print_json(result) if as_json else print_table(f"Accuracy over {seeds} splits", result)


def _scores(config: JobConfig, seeds: int) -> dict[str, list[Score]]:
    """Validation and test accuracy of each candidate, and of the selected one, in each split."""
    dataset = get_task(config.task).load(config.data, config.seed)
    scores: dict[str, list[Score]] = defaultdict(list)
    for seed in range(1, seeds + 1):
        click.echo(f"{config.name}: split {seed} of {seeds}", err=True)
        found = _split_scores(config, dataset, seed)
        best = select([(name, {"accuracy": score[0]}) for name, score in found.items()], "accuracy")
        for name, score in found.items():
            scores[name].append(score)
        scores[SELECTED].append(found[best])
    return scores


def _split_scores(config: JobConfig, dataset: Dataset, seed: int) -> dict[str, Score]:
    task, dropped = get_task(config.task), config.validation.duplicates == "drop"
    splits = task.split(dataset, config.data.split, seed, dropped)
    scores = {}
    test = splits["test"]
    for candidate in config.candidates:
        fitted, result = fit_candidate(
            task,
            candidate,
            config.preprocessing,
            splits["train"],
            splits["validation"],
            config.evaluation.coverage,
            config.seed,
        )
        outputs = task.predict(fitted, task.inputs(test))
        metrics = task.family.values(test.y, outputs)
        scores[candidate.name] = result.metrics["accuracy"], metrics["accuracy"]
    return scores


def _summary(scores: list[Score]) -> dict[str, float]:
    validation, test = np.array(scores).T
    return {
        "validation": validation.mean(),
        "test": test.mean(),
        "test, sd": test.std(ddof=1),
        "test, lowest": test.min(),
    }


if __name__ == "__main__":
    main()
