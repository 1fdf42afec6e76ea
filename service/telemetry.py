"""Takes the service's events in, and hands them to metrics and prediction log in the background.

A request pays for one append. Two threads do the rest: one folds the events into the metrics, four
times a second; the other writes the prediction log. They work in small pieces and sleep between
them, because a thread that holds Python's interpreter lock for long makes requests wait.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from sys import getsizeof
from threading import Event, Lock, Thread

from core.serving import LogSettings
from service.backlog import Backlog
from service.events import Answer, Feedback, Served
from service.folding import Folding, Reload, Request
from service.metrics import INFO, Metrics
from service.prediction_log import PredictionLog

logger = logging.getLogger(__name__)

TelemetryEvent = Request | Answer | Feedback | Reload

MOST_EVENTS = 100_000
MOST_BYTES = 64 * 2**20  # of their texts
FOLD_SECONDS = 0.25
PIECE = 256
PIECE_BYTES = 2**20
PAUSE = 0.0005
STATM = Path("/proc/self/statm")


class Telemetry:
    """Fulfils :class:`service.events.Events`; one per worker.

    Args:
        settings: Of the prediction log.
        log_folder: Where it goes; see :func:`core.prediction_log.log_folder`.
        metrics_folder: Shared by the workers of this server, and by no one else.

    Raises:
        ConfigError: the key of the log's hashes can't be read.
        OSError: the metrics folder can't be used.
    """

    def __init__(self, settings: LogSettings, log_folder: Path, metrics_folder: Path) -> None:
        self._events = Backlog[TelemetryEvent](MOST_EVENTS, MOST_BYTES)
        self._labels: dict[tuple[str, str | None], Sequence[str]] = {}
        self._infos: dict[str, dict[tuple[str, ...], float]] = {}
        self._metrics = Metrics(metrics_folder)
        self._folding = Folding(self._metrics, self._label)
        self._log: PredictionLog | None = None
        self._threads = [_Repeated("metrics", FOLD_SECONDS, self._fold)]
        if settings.record != "nothing":
            self._log = PredictionLog(log_folder, settings, self._label)
            self._threads.append(_Repeated("log", settings.flush_seconds, self._write))
        self._counted: dict[str, float] = {}
        self._published = True
        self._fold_lock, self._write_lock = Lock(), Lock()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """See :class:`service.events.Events`."""
        self._events.add(Request(route, method, status, seconds))

    def answer(self, answer: Answer) -> None:
        """See :class:`service.events.Events`."""
        self._events.add(answer, getsizeof(answer.text))

    def feedback(self, feedback: Feedback) -> None:
        """See :class:`service.events.Events`."""
        self._events.add(feedback)

    def reload(self, model: str, outcome: str) -> None:
        """See :class:`service.events.Events`."""
        self._events.add(Reload(model, outcome))

    def serving(self, model: str, served: Sequence[Served]) -> None:
        """See :class:`service.events.Events`."""
        infos = {}
        for release, role, labels in served:
            self._labels[model, release.version] = labels
            if role == "champion":
                self._labels[model, None] = labels
            facts = release.lineage | {"scorer_sha256": release.scorer_sha256}
            identity = (model, release.version, role)
            infos[*identity, *(facts.get(name, "") for name in INFO[len(identity) :])] = 1.0
        with self._fold_lock:
            self._infos[model] = infos
            everything = {key: 1.0 for infos in self._infos.values() for key in infos}
            self._metrics.set("gatehouse_model_info", everything)

    def start(self) -> None:
        """Begin to work in the background."""
        for thread in self._threads:
            thread.start()

    def flush(self) -> None:
        """Bring everything that was taken until now to its place."""
        self._write()
        self._fold()

    def stop(self) -> None:
        """End; everything that was taken is in its place."""
        for thread in self._threads:
            thread.end()
        self._fold()
        if self._log:
            self._log.close()
        self._fold()
        self._metrics.close()

    def render(self) -> tuple[bytes, bytes]:
        """The metrics of all workers, this one's up to now, and their content type.

        It takes some milliseconds, best spent in another thread than the requests'.
        """
        self._fold()
        with self._fold_lock:
            return self._metrics.render()

    def _fold(self) -> None:
        waiting = len(self._events)  # not what comes meanwhile, or it might never end
        while waiting > 0:
            with self._fold_lock:
                folded = self._fold_piece()
            if self._log and self._log.crowded:
                self._write_log(self._log)
            waiting -= max(folded, 1)
            time.sleep(PAUSE)
        with self._fold_lock:
            self._count_itself()
            self._publish()

    def _fold_piece(self) -> int:
        piece = self._events.take(PIECE, PIECE_BYTES)
        answers = [event for event in piece if isinstance(event, Answer)]
        feedback = [event for event in piece if isinstance(event, Feedback)]
        if self._log:
            self._log.add([*answers, *feedback])
        self._folding.requests([event for event in piece if isinstance(event, Request)])
        self._folding.answers(answers)
        self._folding.feedback(feedback)
        self._folding.reloads([event for event in piece if isinstance(event, Reload)])
        return len(piece)

    def _count_itself(self) -> None:
        self._advance("gatehouse_events_dropped_total", self._events.dropped)
        errors = sum(thread.errors for thread in self._threads)
        self._advance("gatehouse_telemetry_errors_total", errors)
        self._advance("gatehouse_worker_cpu_seconds_total", time.process_time())
        gauges = {"gatehouse_workers": 1.0}
        if STATM.exists():
            pages = int(STATM.read_bytes().split()[1])
            gauges["gatehouse_worker_resident_bytes"] = pages * os.sysconf("SC_PAGE_SIZE")
        if self._log:
            self._advance("gatehouse_log_rows_total", self._log.written)
            self._advance("gatehouse_log_dropped_total", self._log.dropped)
            self._advance("gatehouse_log_errors_total", self._log.errors)
            gauges["gatehouse_log_pending"] = self._log.pending
        for name, value in gauges.items():
            self._metrics.set(name, {(): value})

    def _advance(self, name: str, total: float) -> None:
        self._metrics.add(name, (), total - self._counted.get(name, 0))
        self._counted[name] = total

    def _publish(self) -> None:
        try:
            self._metrics.publish()
        except OSError as error:
            if self._published:
                logger.error("other workers can't see this one's metrics: %s", error)
            self._published = False
        else:
            self._published = True

    def _write(self) -> None:
        self._fold()
        if self._log:
            self._write_log(self._log)

    def _write_log(self, log: PredictionLog) -> None:
        with self._write_lock:
            log.write()

    def _label(self, model: str, version: str | None, label_id: int) -> str:
        labels = self._labels.get((model, version), ())
        return labels[label_id] if label_id < len(labels) else str(label_id)


class _Repeated(Thread):
    """Repeats work; an unexpected error is logged when it first comes, counted, and tried again."""

    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        super().__init__(name=f"gatehouse-{name}", daemon=True)
        self._seconds = seconds
        self._work = work
        self._ended = Event()
        self._failing = False
        self.errors = 0

    def run(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                self._work()
                self._failing = False
            except Exception:
                self.errors += 1
                if not self._failing:
                    logger.exception("%s failed, and goes on", self.name)
                self._failing = True

    def end(self) -> None:
        self._ended.set()
        if self.is_alive():
            self.join()
