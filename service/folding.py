"""Events → metrics, many at a time, with labels from bounded sets."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from service.events import Answer, Feedback
from service.metrics import Metrics

LabelOf = Callable[[str, str | None, int], str]

MOST_ROUTES = 64
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"


class Request(NamedTuple):
    """One request; see :meth:`service.events.Events.request`."""

    route: str
    method: str
    status: int
    seconds: float


class Reload(NamedTuple):
    """A look at a release; see :meth:`service.events.Events.reload`."""

    model: str
    outcome: str


class Folding:
    """Counts events into one worker's metrics.

    Args:
        metrics: The worker's.
        label_of: Name of a class by model, version and id.
    """

    def __init__(self, metrics: Metrics, label_of: LabelOf) -> None:
        self._metrics = metrics
        self._label_of = label_of
        self._routes: set[str] = set()

    def requests(self, requests: Sequence[Request]) -> None:
        """Count requests and their time."""
        routes = [self._bounded(request.route) for request in requests]
        keys = zip(routes, (r.method for r in requests), (r.status for r in requests), strict=True)
        for (route, method, status), amount in Counter(keys).items():
            labels = (route, method if method in METHODS else OTHER, str(status))
            self._metrics.add("gatehouse_requests_total", labels, amount)
        self._metrics.observe(
            "gatehouse_request_seconds",
            [(route,) for route in routes],
            [request.seconds for request in requests],
        )

    def answers(self, answers: Sequence[Answer]) -> None:
        """Count answers, their confidence or quantity, and the length of their texts."""
        keys = ((a.model, a.version, a.role, a.label_id) for a in answers)
        for (model, version, role, label_id), amount in Counter(keys).items():
            label = "" if label_id is None else self._label_of(model, version, label_id)
            labels = (model, version, role, label)
            self._metrics.add("gatehouse_predictions_total", labels, amount)
        sure = [
            ((a.model, a.version), a.probabilities[a.label_id])
            for a in answers
            if a.label_id is not None
        ]
        self._observe("gatehouse_confidence", sure)
        quantities = [((a.model, a.version), a.value) for a in answers if a.value is not None]
        self._observe("gatehouse_predicted_value", quantities)
        self._metrics.observe(
            "gatehouse_input_characters",
            [(a.model,) for a in answers],
            [len(a.text) for a in answers],
        )
        self._metrics.observe(
            "gatehouse_prediction_seconds",
            [(a.model, a.version) for a in answers],
            [a.latency for a in answers],
        )
        self._agreements(answers)

    def feedback(self, feedback: Sequence[Feedback]) -> None:
        """Count true labels and quantities."""
        for item in feedback:
            labels = (item.model, item.version or "", _outcome(item))
            self._metrics.add("gatehouse_feedback_total", labels, 1)
        errors = [
            ((item.model, item.version or ""), abs(item.predicted_value - item.value))
            for item in feedback
            if item.value is not None and item.predicted_value is not None
        ]
        self._observe("gatehouse_feedback_error", errors)

    def reloads(self, reloads: Sequence[Reload]) -> None:
        """Count looks at releases."""
        for reload in reloads:
            self._metrics.add("gatehouse_reloads_total", (reload.model, reload.outcome), 1)

    def _agreements(self, answers: Sequence[Answer]) -> None:
        keys = (
            (a.model, a.version, a.shadow_version or "", a.shadow_label_id == a.label_id)
            for a in answers
            if a.shadow_label_id is not None
        )
        for (model, champion, challenger, agrees), amount in Counter(keys).items():
            labels = (model, champion, challenger, str(agrees).lower())
            self._metrics.add("gatehouse_challenger_agreement_total", labels, amount)

    def _observe(self, name: str, observed: Sequence[tuple[tuple[str, str], float]]) -> None:
        if observed:
            labels, values = zip(*observed, strict=True)
            self._metrics.observe(name, labels, values)

    def _bounded(self, route: str) -> str:
        """The route; no caller's mistake makes more than a fixed number of series."""
        if route not in self._routes:
            if len(self._routes) >= MOST_ROUTES:
                return OTHER
            self._routes.add(route)
        return route


def _outcome(feedback: Feedback) -> str:
    if feedback.predicted_value is not None:
        return "measured"
    if feedback.predicted_label_id is None:
        return "unmatched"
    return "correct" if feedback.predicted_label_id == feedback.label_id else "wrong"
