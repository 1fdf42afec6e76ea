from bisect import bisect_left
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings, strategies as st

from service.folding import MOST_ROUTES, Folding, Request
from service.metrics import CHARACTERS, CONFIDENCES, SECONDS, Metrics
from tests.service.test_metrics import Values, values
from tests.telemetry import LABELS, answer, feedback

seconds = st.sampled_from([*SECONDS, 0.0, 0.0007, 99.0])
requests = st.builds(
    Request,
    st.sampled_from(["/predict", "/health", "unmatched"]),
    st.sampled_from(["GET", "POST", "BREW"]),
    st.sampled_from([200, 404]),
    seconds,
)
answers = st.builds(
    lambda model, version, role, text, label_id, p, shadow, shadow_version: answer(
        model=model,
        version=version,
        role=role,
        text=text,
        label_id=label_id,
        probabilities=[p, p, p],
        shadow_label_id=shadow,
        shadow_version=shadow_version,
    ),
    st.sampled_from(["news", "mail"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["champion", "challenger"]),
    st.text(max_size=200),
    st.integers(0, 2),
    st.sampled_from([*CONFIDENCES, 0.05, 0.333]),
    st.none() | st.integers(0, 2),
    st.sampled_from(["8", "9"]),
)


def folded(requests_: list[Request], answers_: list, feedback_: list) -> Values:
    with TemporaryDirectory() as folder:
        metrics = Metrics(Path(folder))
        folding = Folding(metrics, lambda model, version, label_id: LABELS[label_id])
        folding.requests(requests_)
        folding.answers(answers_)
        folding.feedback(feedback_)
        metrics.close()
        return values(metrics)


def counted(name: str, found: Values, *labels: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(dict(pairs)[label] for label in labels): value
        for (series, pairs), value in found.items()
        if series == name
    }


@given(st.lists(requests, max_size=60))
def test_requests_are_as_counted_one_by_one(events: list[Request]) -> None:
    found = folded(events, [], [])
    assert counted("gatehouse_requests_total", found, "route", "method", "status") == Counter(
        (e.route, "other" if e.method == "BREW" else e.method, str(e.status)) for e in events
    )
    buckets = counted("gatehouse_request_seconds_bucket", found, "route", "le")
    for (route, end), value in buckets.items():
        assert value == sum(e.route == route and e.seconds <= float(end) for e in events)
    assert len(buckets) == len({e.route for e in events}) * (len(SECONDS) + 1)


@settings(max_examples=50)
@given(st.lists(answers, max_size=40))
def test_answers_are_as_counted_one_by_one(events: list) -> None:
    found = folded([], events, [])
    names = ("model", "version", "role", "label")
    assert counted("gatehouse_predictions_total", found, *names) == Counter(
        (e.model, e.version, e.role, LABELS[e.label_id]) for e in events
    )
    asked = [e for e in events if e.shadow_label_id is not None]
    names = ("model", "champion", "challenger", "agrees")
    assert counted("gatehouse_challenger_agreement_total", found, *names) == Counter(
        (e.model, e.version, e.shadow_version, str(e.shadow_label_id == e.label_id).lower())
        for e in asked
    )
    versions = Counter((e.model, e.version) for e in events)
    assert counted("gatehouse_prediction_seconds_count", found, "model", "version") == versions
    for (model, version, end), value in counted(
        "gatehouse_confidence_bucket", found, "model", "version", "le"
    ).items():
        mine = [e.probabilities[0] for e in events if (e.model, e.version) == (model, version)]
        assert value == sum(p <= float(end) for p in mine)
    for (model, end), value in counted(
        "gatehouse_input_characters_bucket", found, "model", "le"
    ).items():
        lengths = [len(e.text) for e in events if e.model == model]
        cell = bisect_left([*CHARACTERS, float("inf")], float(end))
        assert value == sum(bisect_left(CHARACTERS, length) <= cell for length in lengths)


def test_feedback_is_correct_wrong_or_unmatched() -> None:
    told = [feedback(0), feedback(1), feedback(2), feedback(version=None, predicted_label_id=None)]
    found = folded([], [], told)
    assert counted("gatehouse_feedback_total", found, "version", "outcome") == {
        ("1", "correct"): 1,
        ("1", "wrong"): 2,
        ("", "unmatched"): 1,
    }


def test_a_thousand_paths_make_no_thousand_series() -> None:
    scan = [Request(f"/{number}", "GET", 404, 0.001) for number in range(1000)]
    found = counted("gatehouse_requests_total", folded(scan, [], []), "route")
    assert len(found) == MOST_ROUTES + 1
    assert found["other",] == 1000 - MOST_ROUTES
