"""Which column is to be predicted: by name and place, never by a guess that is not clear."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ConfigError
from core.profile.columns import Column
from core.profile.words import listed, nearest

# What people call the column when they mean just that.
_PLAIN = {
    *("target", "targets", "label", "labels", "class", "classes", "y", "outcome", "response"),
    *("dependent", "output", "ground_truth", "target_class", "class_label", "label_name"),
}
# What often is the question of a data set, and sometimes one of its answers.
_USUAL = {
    *("price", "saleprice", "survived", "churn", "churned", "exited", "sentiment", "species"),
    *("diagnosis", "quality", "fraud", "default", "defaulted", "rating", "stars", "status"),
    *("result", "score", "salary", "income", "grade", "topic", "category", "intent", "spam"),
    *("medv", "cnt", "sales", "revenue", "demand", "consumption", "cost", "charges", "clicked"),
    *("converted", "purchased", "subscribed", "approved", "attrition", "toxic", "emotion"),
    *("genre", "variety", "disease", "progression", "value", "deposit", "medhouseval"),
}
_PLAIN_SCORE, _PAIR_SCORE, _USUAL_SCORE, _LAST_SCORE, _BINARY_SCORE = 3, 3, 2, 1, 1
_SHOWN = 6


@dataclass(frozen=True)
class Candidate:
    """A column that may be meant, and what speaks for it."""

    name: str
    score: int
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        """In words."""
        return ", ".join(self.reasons) or "can be predicted"


def rank_targets(columns: Sequence[Column], source_classes: Sequence[str]) -> list[Candidate]:
    """The columns that can be predicted, the likeliest first.

    Args:
        columns: All columns.
        source_classes: Columns for which the source itself names classes.
    """
    able = [column for column in columns if not (column.why_no_target or column.problem)]
    pair = _beside_the_only_text(columns)
    last = columns[-1].name if columns else ""
    # Of equals the later first: what is to be predicted tends to stand at the end.
    found = [_judged(column, last, pair, source_classes) for column in reversed(able)]
    return sorted(found, key=lambda item: -item.score)


def clear_target(ranked: Sequence[Candidate]) -> Candidate | None:
    """The one that stands out: two signs speak for it, or a plain name, and for no other."""
    if not ranked or ranked[0].score < _PLAIN_SCORE:
        return None
    is_alone = len(ranked) == 1 or ranked[1].score < ranked[0].score
    return ranked[0] if is_alone else None


def named_target(name: str, columns: Sequence[Column]) -> Column:
    """The column of a name that was given.

    Raises:
        ConfigError: there is none, or it can't be predicted.
    """
    names = [column.name for column in columns]
    if name not in names:
        raise ConfigError(f"--target: no column {name!r}{nearest(name, names)}")
    column = columns[names.index(name)]
    if column.why_no_target:
        raise ConfigError(
            f"--target: {name!r} can't be predicted: {column.why_no_target}; "
            f"choose one of {listed([c.name for c in columns if not c.why_no_target])}"
        )
    return column


def undecided(ranked: Sequence[Candidate], command: str) -> ConfigError:
    """What to say where nobody can be asked.

    Args:
        ranked: The candidates, the likeliest first.
        command: What to type, without ``--target``.
    """
    if not ranked:
        return ConfigError(
            "--data: no column can be predicted: each is constant, empty, a date, an identifier or "
            "free text; add a column with what to predict"
        )
    likely = "; ".join(f"{item.name} ({item.why})" for item in ranked[:_SHOWN])
    more = f"; {len(ranked) - _SHOWN} more" if len(ranked) > _SHOWN else ""
    return ConfigError(
        f"--target: no column clearly is what to predict; likeliest first: {likely}{more}; "
        f"choose: {command} --target {quoted(ranked[0].name)}"
    )


def quoted(name: str) -> str:
    """A name as a shell takes it."""
    return name if re.fullmatch(r"[\w.-]+", name) else "'" + name.replace("'", "'\\''") + "'"


def _judged(
    column: Column, last: str, pair: str | None, source_classes: Sequence[str]
) -> Candidate:
    name, score, reasons = column.name, 0, list[str]()
    spelled = re.sub(r"\W+", "_", name.strip().lower()).strip("_")
    short = re.sub(r"^(is|has|was|will)_?", "", spelled)
    if spelled in _PLAIN:
        score += _PLAIN_SCORE
        reasons.append("its name")
    elif {spelled, short, spelled.split("_")[-1]} & _USUAL:
        score += _USUAL_SCORE
        reasons.append("a usual name")
    if name in source_classes:
        score += _PLAIN_SCORE
        reasons.append("the source names its classes")
    if name == pair:
        score += _PAIR_SCORE
        reasons.append("the only column beside a text")
    if column.distinct == 2:
        score += _BINARY_SCORE
        reasons.append("two values")
    if name == last:
        score += _LAST_SCORE
        reasons.append("the last column")
    return Candidate(name, score, tuple(reasons))


def _beside_the_only_text(columns: Sequence[Column]) -> str | None:
    texts = [column for column in columns if column.kind == "text" and not column.problem]
    others = [column.name for column in columns if not (column.why_no_target or column.problem)]
    return others[0] if len(texts) == 1 and len(others) == 1 else None
