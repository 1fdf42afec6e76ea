"""Was a model made again? A pure verdict from what was recorded and what was found."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["identical", "same_predictions", "different"]

UNRECORDED = (
    "not recorded: the processor; numpy picks its linear algebra for it, which moves last digits"
)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Making(_Record):
    """A fitted model and what it was made with.

    Attributes:
        model_sha256: SHA-256 of the fitted estimator's file.
        data_fingerprint: SHA-256 of the rows.
        config_hash: SHA-256 of the whole effective config.
        git_commit: Commit of the code, with "-dirty" when files differ from it; None: not known.
        libraries: Version by name.
    """

    model_sha256: str
    data_fingerprint: str
    config_hash: str
    git_commit: str | None
    libraries: dict[str, str]


class Predictions(_Record):
    """Both models on the same rows.

    Attributes:
        rows: Of the test split.
        max_difference: The largest absolute difference of a probability; None: not comparable.
        other_labels: Rows whose label is another one; None: not comparable.
        problem: Why not.
    """

    rows: int
    max_difference: float | None = None
    other_labels: int | None = None
    problem: str = ""


class Reproduction(_Record):
    """The verdict.

    Attributes:
        verdict: "identical": the same bytes; "same_predictions": other bytes, but every probability
            on the test split is exactly the same; else "different".
        recorded: The release.
        found: The model made again.
        predictions: Of both.
        differences: What differs, a line each; a model can be identical although something does.
    """

    verdict: Verdict
    recorded: Making
    found: Making
    predictions: Predictions
    differences: tuple[str, ...]


def judge(
    recorded: Making, found: Making, predictions: Predictions, notes: tuple[str, ...] = ()
) -> Reproduction:
    """Compare a model that was made again with its record; ``notes`` lead the differences."""
    differences = [*notes, *_circumstances(recorded, found)]
    if recorded.model_sha256 == found.model_sha256:
        verdict: Verdict = "identical"
    else:
        verdict = "same_predictions" if predictions.max_difference == 0 else "different"
        digests = _short(recorded.model_sha256), _short(found.model_sha256)
        differences += [UNRECORDED, _line("model: SHA-256", *digests)]
    return Reproduction(
        verdict=verdict,
        recorded=recorded,
        found=found,
        predictions=predictions,
        differences=(*differences, *_predicted(predictions)),
    )


def _circumstances(recorded: Making, found: Making) -> list[str]:
    lines = []
    for title, then, now in (
        ("data: fingerprint", recorded.data_fingerprint, found.data_fingerprint),
        ("config: hash", recorded.config_hash, found.config_hash),
    ):
        if then != now:
            lines.append(_line(title, _short(then), _short(now)))
    return [*lines, *_code(recorded.git_commit, found.git_commit), *_libraries(recorded, found)]


def _code(then: str | None, now: str | None) -> list[str]:
    if then != now:
        return [_line("code: commit", _commit(then), _commit(now))]
    if then is not None and then.endswith("-dirty"):
        return [f"code: commit {_commit(then)} both times, so it may differ"]
    return []


def _libraries(recorded: Making, found: Making) -> list[str]:
    names = sorted(recorded.libraries.keys() | found.libraries.keys())
    pairs = [
        (name, *(made.libraries.get(name, "absent") for made in (recorded, found)))
        for name in names
    ]
    return [_line(f"library: {name}", then, now) for name, then, now in pairs if then != now]


def _predicted(predictions: Predictions) -> list[str]:
    if predictions.max_difference is None:
        return [f"predictions: not compared, {predictions.problem}"]
    if predictions.max_difference == 0:
        return []
    return [
        f"predictions: probabilities on {predictions.rows} test rows differ by up to "
        f"{predictions.max_difference:.1e}, {predictions.other_labels} labels differ"
    ]


def _line(title: str, then: str, now: str) -> str:
    return f"{title} {then} at the release, {now} now"


def _short(digest: str) -> str:
    return digest[:12]


def _commit(commit: str | None) -> str:
    if commit is None:
        return "unknown"
    head, _, is_dirty = commit.partition("-")
    return f"{_short(head)} with uncommitted changes" if is_dirty else _short(head)
