"""The two questions that a file may leave open: what to predict, and as what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.config.tasks import TASKS, TaskName
from core.errors import ConfigError
from core.profile.columns import Column
from core.profile.profile import Profile, all_columns, decide
from core.profile.sample import Sample
from core.profile.target import (
    Candidate,
    clear_target,
    named_target,
    quoted,
    rank_targets,
    undecided,
)
from core.profile.task import Verdict, judge_target, task_of


class Asker(Protocol):
    """Somebody who can be asked."""

    def target(self, ranked: Sequence[Candidate]) -> str:
        """The name of the column to predict."""
        ...

    def classes(self, target: Column, verdict: Verdict) -> bool:
        """Whether the target is a class."""
        ...


@dataclass(frozen=True)
class Given:
    """What was said already.

    Attributes:
        command: What was typed, without ``--target`` and ``--task``, for hints.
        target: The column to predict.
        task: The task.
    """

    command: str
    target: str | None = None
    task: TaskName | None = None


def profile_sample(sample: Sample, given: Given, asker: Asker | None) -> Profile:
    """Decide on a sample; what is not clear is asked, or refused.

    Raises:
        ConfigError: the target or the task is not clear and there is nobody to ask, or what was
            given does not fit.
        DataError: no model can be made of the data.
    """
    columns = all_columns(sample)
    target, why_target = _target(sample, columns, given, asker)
    classes, why_task = _classes(target, columns, given, asker)
    return decide(sample, columns, (target, why_target), (given.task, classes, why_task))


def _target(
    sample: Sample, columns: Sequence[Column], given: Given, asker: Asker | None
) -> tuple[Column, str]:
    if given.target is not None:
        return named_target(given.target, columns), "as asked for"
    ranked = rank_targets(columns, tuple(sample.class_names))
    if chosen := clear_target(ranked):
        return named_target(chosen.name, columns), f"taken for its target: {chosen.why}"
    if asker is None or not ranked:
        raise undecided(ranked, given.command)
    return named_target(asker.target(ranked), columns), "as answered"


def _classes(
    target: Column, columns: Sequence[Column], given: Given, asker: Asker | None
) -> tuple[bool, str]:
    """Whether the target is a class, and what speaks for it."""
    if given.task:
        return TASKS[given.task].predicts_classes, "as asked for"
    verdict = judge_target(target)
    if verdict.is_clear:
        return verdict.classes, verdict.why
    if asker is not None:
        return asker.classes(target, verdict), f"as answered; {verdict.why}"
    others = [column for column in columns if column is not target and not column.problem]
    command = f"{given.command} --target {quoted(target.name)} --task"
    raise ConfigError(
        f"--task: {target.name!r} has {verdict.why}: classes or a quantity? choose: {command} "
        f"{task_of(True, others)}, or {command} regression"
    )
