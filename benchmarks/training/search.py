"""The search of ``configs/ag_news_search.yaml`` beside the default candidates of AG News."""

import click
from sklearn.pipeline import Pipeline

from benchmarks.measure import json_option, print_json, print_table
from benchmarks.training.runs import NEWS, Job, from_file, load_job, timed
from core.models.sharing import forget
from core.search.search import search as run_search
from core.search.summary import SearchSummary
from core.tasks.training import CandidateResult

AT_MOST = 6.0


@click.command()
@json_option
def search(as_json: bool) -> None:
    """Fit the three default candidates, then search and fit; times and accuracies of both."""
    data = from_file(NEWS)
    default, searched = load_job("ag_news", **data), load_job("ag_news_search", **data)
    forget()
    fitted, plain = timed(default.fit_all)
    best = default.selected(fitted)
    forget()
    (found, model, result), ours = timed(lambda: _searched(searched))
    name = searched.config.candidates[0].name
    rows = {
        best: {
            "validation": fitted[best][1].metrics["accuracy"],
            "test": default.on_test(fitted[best][0])["accuracy"],
            "wall s": plain.wall,
            "CPU s": plain.cpu,
            "wall, ratio": 1.0,
            "CPU, ratio": 1.0,
        },
        name: {
            "validation": result.metrics["accuracy"],
            "test": searched.on_test(model)["accuracy"],
            "wall s": ours.wall,
            "CPU s": ours.cpu,
            "wall, ratio": ours.wall / plain.wall,
            "CPU, ratio": ours.cpu / plain.cpu,
        },
    }
    facts = {"trials": found.trials, "pruned": found.count("pruned"), "best": found.best}
    if as_json:
        print_json({"rows": rows, "search": facts, "at most": AT_MOST})
        return
    print_table(f"Accuracy; time at most {AT_MOST:g} times that of three candidates", rows)
    click.echo(f"{facts}")


def _searched(job: Job) -> tuple[SearchSummary, Pipeline, CandidateResult]:
    config, (candidate,) = job.config, job.config.candidates
    metric = config.selection.metric
    train = job.splits["train"]
    found = run_search(job.task, candidate, config.preprocessing, train, metric, config.seed)
    return found, *job.fit(candidate, found)
