"""The ``search`` section of a candidate: a space in place of values."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    Discriminator,
    Field,
    PositiveFloat,
    PositiveInt,
    Tag,
    ValidationError,
    model_validator,
)

from core.config.base import Section

# What makes a candidate this candidate; another model is another candidate.
FIXED = ("name", "model", "search")
_A_FRACTION = 0.6180339887

Searched = TypeVar("Searched", bound=Section)


class Between(Section):
    """A number from ``low`` to ``high``, both included."""

    low: float | int
    high: float | int
    log: bool = Field(False, description="Even on a logarithmic scale.")
    integer: bool = False

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, not {self.low} and {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"log needs a low above 0, not {self.low}")
        if self.integer and not all(float(end).is_integer() for end in (self.low, self.high)):
            raise ValueError(f"integer needs whole ends, not {self.low} and {self.high}")
        return self

    @property
    def samples(self) -> tuple[tuple[str, float | int], ...]:
        """Values that must all be possible: both ends, and one between that is not whole."""
        if self.integer:
            return ("low", int(self.low)), ("high", int(self.high))
        inner = self.low + (self.high - self.low) * _A_FRACTION
        return ("low", self.low), ("high", self.high), ("a value between", inner)

    def __str__(self) -> str:
        return f"between {self.low} and {self.high}"


class OneOf(Section):
    """One of several values."""

    choices: Annotated[tuple[Any, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _are_distinct(self) -> Self:
        texts = [json.dumps(choice, sort_keys=True) for choice in self.choices]
        if repeated := sorted({text for text in texts if texts.count(text) > 1}):
            raise ValueError(f"choices must be distinct; repeated: {', '.join(repeated)}")
        return self

    @property
    def samples(self) -> tuple[tuple[str, Any], ...]:
        """Values that must all be possible."""
        return tuple((f"choice {number}", choice) for number, choice in enumerate(self.choices))

    def __str__(self) -> str:
        return f"one of {', '.join(json.dumps(choice) for choice in self.choices)}"


def _kind_of(value: object) -> str:
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return "choices" if "choices" in given else "range"


Span = Annotated[
    Annotated[Between, Tag("range")] | Annotated[OneOf, Tag("choices")], Discriminator(_kind_of)
]


class SearchConfig(Section):
    """Trials within the training rows; the candidate's own values are the first trial.

    Trials are scored by cross-validation inside the train split, so the validation split, which
    candidates are compared on, has no part in the search.
    """

    space: Annotated[dict[str, Span], Field(min_length=1)] = Field(
        description="By dotted key of the candidate, such as params.C or vectorizer.ngram_range."
    )
    trials: PositiveInt = Field(30, description="Most trials.")
    minutes: PositiveFloat | None = Field(
        None,
        description="Begin no trial after so many minutes; null: no limit. Where it ends a search, "
        "the same config may find another best.",
    )
    folds: Annotated[int, Field(ge=2, le=10)] = 3
    prune: bool = Field(
        True, description="Stop trials whose first folds are worse than the median."
    )
    jobs: Annotated[int, Field(ge=-1)] = Field(
        1,
        description="Trials at once; -1: one for each core. With more than one, the same config "
        "may find another best.",
    )
    dask: str | None = Field(
        None,
        description="Address of a Dask scheduler that runs the trials, such as tcp://host:8786; "
        "needs `make setup EXTRAS=dask`.",
        pattern=r"^\w+://.+",
    )
    sampler: Literal["tpe", "random"] = "tpe"

    @model_validator(mode="after")
    def _has_jobs(self) -> Self:
        if self.jobs == 0:
            raise ValueError("jobs: at least 1, or -1 for one for each core, not 0")
        return self


def with_values(candidate: Searched, values: Mapping[str, Any]) -> Searched:
    """The candidate with other values at dotted keys, under the same checks as a config's.

    Raises:
        KeyError: there is no such key.
        ValidationError: a value, or several together, are impossible.
    """
    changed = _plain(candidate)
    for key, value in values.items():
        _set(changed, key, value)
    return type(candidate).model_validate_json(json.dumps(changed), strict=True)


def own_values(candidate: Section, space: Mapping[str, Between | OneOf]) -> dict[str, Any]:
    """The candidate's own values of the keys of a space that ``check_space`` let pass."""
    return {key: _own(candidate, key, span)[0] for key, span in space.items()}


def check_space(candidate: Section, search: SearchConfig | None) -> None:
    """What a searched candidate's config must keep to; does nothing without a search.

    Raises:
        ValueError: naming every key that the candidate does not have, every value that it can't
            take, and every own value that is outside its space.
    """
    if search is None:
        return
    problems = [
        f"search.space.{key}: {problem}"
        for key, span in search.space.items()
        for problem in _problems(candidate, key, span)
    ]
    if problems:
        raise ValueError("; ".join(problems))


def _problems(candidate: Section, key: str, span: Between | OneOf) -> Iterator[str]:
    if key.partition(".")[0] in FIXED:
        yield f"{key} can't be searched; write another candidate instead"
        return
    try:
        _get(_plain(candidate), key)
    except KeyError:
        known = list(_keys(_plain(candidate)))
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        yield f"the candidate has no such key; {hint}"
        return
    refused = [line for item in span.samples if (line := _refusal(candidate, key, *item))]
    yield from refused
    if not refused and not _own(candidate, key, span):
        own = json.dumps(_get(_plain(candidate), key))
        yield (
            f"the first trial is the candidate's own value, and {own} is not {span}; set {key}, "
            "or widen the space"
        )


def _own(candidate: Section, key: str, span: Between | OneOf) -> list[Any]:
    """The value of the span that the candidate has, if it has one of them."""
    if isinstance(span, OneOf):
        same = with_values(candidate, {})
        return [item for item in span.choices if with_values(candidate, {key: item}) == same]
    own = _get(_plain(candidate), key)
    is_number = isinstance(own, int | float) and not isinstance(own, bool)
    return [own] if is_number and span.low <= own <= span.high else []


def _refusal(candidate: Section, key: str, name: str, value: Any) -> str:
    try:
        with_values(candidate, {key: value})
    except ValidationError as error:
        found = error.errors()[0]
        message = found["msg"].removeprefix("Value error, ")
        fix = "; set integer: true" if found["type"] in ("int_from_float", "int_type") else ""
        return f"{name}, {json.dumps(value)}, is refused: {message[:1].lower()}{message[1:]}{fix}"
    return ""


def _plain(candidate: Section) -> dict[str, Any]:
    return candidate.model_dump(mode="json", exclude={"search"})


def _get(values: Any, key: str) -> Any:
    for part in key.split("."):
        values = values[_step(values, part)]
    return values


def _set(values: Any, key: str, value: Any) -> None:
    *path, last = key.split(".")
    inner = _get(values, ".".join(path)) if path else values
    inner[_step(inner, last)] = value


def _step(values: Any, part: str) -> str | int:
    if isinstance(values, dict) and part in values:
        return part
    if isinstance(values, list) and part.isdecimal() and int(part) < len(values):
        return int(part)
    raise KeyError(part)


def _keys(values: Any, prefix: str = "") -> Iterator[str]:
    """Every dotted key of nested values."""
    items = values.items() if isinstance(values, dict) else enumerate(values)
    for name, value in items:
        key = f"{prefix}{name}"
        if key in FIXED:
            continue
        yield key
        if isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict)):
            yield from _keys(value, f"{key}.")
