"""Writes the prediction log: Arrow IPC streams, one file per worker, rotated, bounded.

Rows become record batches off the request path; each batch is one ``write`` to an append-only
file. A killed process leaves at most half a batch at the end of its file, and a failed write is
taken back, so that every file is readable up to its end or up to that half batch.
"""

import hashlib
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from core.prediction_log import KEY, Kind, hash_key, own_key, text_hash
from core.serving import LogSettings
from service.backlog import Backlog
from service.events import Answer, Feedback
from service.record_batches import record_batch
from service.secrets import secret
from service.segments import Segments, largest_segment

logger = logging.getLogger(__name__)

Event = Answer | Feedback
LabelOf = Callable[[str, str | None, int], str]

MOST_ROWS = 100_000  # waiting to become batches
MOST_BYTES = 16 * 2**20  # of their texts; and of batches waiting for a disk that takes them
BATCH_ROWS = 256
BATCH_BYTES = 2**18  # of texts
PAUSE = 0.0005  # between two batches, so that requests get the interpreter


class Batch(NamedTuple):
    """An encoded record batch."""

    kind: Kind
    rows: int
    content: bytes


class PredictionLog:
    """One worker's rows on their way into a folder that all workers share.

    ``add`` may be called from another thread than ``write`` and ``close``.

    Args:
        folder: Of the log; made when first written to.
        settings: Its ``record`` is not ``nothing``.
        label_of: Name of a class by model, version and id.

    Raises:
        ConfigError: the secret in the environment can't be used.
    """

    def __init__(self, folder: Path, settings: LogSettings, label_of: LabelOf) -> None:
        self._folder = folder
        self._settings = settings
        self._label_of = label_of
        given = secret(KEY)
        self._key = hash_key(given) if given else None
        self._rows = Backlog[Event](MOST_ROWS, MOST_BYTES)
        self._batches: deque[Batch] = deque()
        self._encoded_rows = self._encoded_bytes = 0
        size = settings.max_megabytes * 2**20
        kinds: tuple[Kind, ...] = ("predictions", "feedback")
        self._files = {kind: Segments(folder, kind, size) for kind in kinds}
        self._batch_bytes = min(BATCH_BYTES, largest_segment(size) // 2)
        self._failing = False
        self._discarded = 0
        self.written = self.errors = 0

    @property
    def pending(self) -> int:
        """Rows that are not in a file yet."""
        return len(self._rows) + self._encoded_rows

    @property
    def dropped(self) -> int:
        """Rows that will never be in a file."""
        return self._rows.dropped + self._discarded

    @property
    def crowded(self) -> bool:
        """So much waits that it should be written now, on a disk that takes it."""
        return self._rows.crowded and not self._failing

    def add(self, events: Sequence[Event]) -> None:
        """Take what is in the sample; above the limit the oldest waiting rows are dropped."""
        share = self._settings.sample
        for event in events:
            if _is_sampled(event.request_id, share):
                size = sys.getsizeof(event.text) if isinstance(event, Answer) else 0
                self._rows.add(event, size)

    def write(self) -> None:
        """Write what waits. What the disk does not take now waits on, within limits."""
        try:
            self._load_key()
            self._send()
            while self._encode():
                self._send()
            for file in self._files.values():
                file.close_if_due()
        except OSError as error:
            self._failed(error)
            while self._key and self._encode():  # it takes less memory so, and is bounded by bytes
                self._discard()
        else:
            self._recovered()

    def close(self) -> None:
        """Write all, and end the files; says how many rows are lost if that fails."""
        self.write()
        for file in self._files.values():
            try:
                file.close()
            except OSError as error:
                self._failed(error)
        if lost := self.pending:
            logger.error("%d rows of the prediction log are lost", lost)
            self._discarded += lost
            self._rows.take(lost, sys.maxsize)
            self._batches.clear()
            self._encoded_rows = self._encoded_bytes = 0

    def _load_key(self) -> None:
        if self._key is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._key = own_key(self._folder)

    def _send(self) -> None:
        while self._batches:
            batch = self._batches[0]
            self._files[batch.kind].append(batch.content)
            self._forget_first()
            self.written += batch.rows

    def _encode(self) -> bool:
        """Encode some rows, and tell whether there were any."""
        taken = self._rows.take(BATCH_ROWS, self._batch_bytes)
        try:
            batches = self._batched(taken)
        except Exception:
            self._discarded += len(taken)
            raise
        for batch in batches:
            self._batches.append(batch)
            self._encoded_rows += batch.rows
            self._encoded_bytes += len(batch.content)
        time.sleep(PAUSE)
        return bool(taken)

    def _batched(self, events: Sequence[Event]) -> list[Batch]:
        answers = [event for event in events if isinstance(event, Answer)]
        feedback = [event for event in events if isinstance(event, Feedback)]
        batches = []
        if answers:
            content = record_batch("predictions", self._answered(answers))
            batches.append(Batch("predictions", len(answers), content))
        if feedback:
            content = record_batch("feedback", self._told(feedback))
            batches.append(Batch("feedback", len(feedback), content))
        return batches

    def _discard(self) -> None:
        while self._encoded_bytes > MOST_BYTES:
            self._discarded += self._forget_first()

    def _forget_first(self) -> int:
        batch = self._batches.popleft()
        self._encoded_rows -= batch.rows
        self._encoded_bytes -= len(batch.content)
        return batch.rows

    def _answered(self, answers: list[Answer]) -> tuple[Sequence[Any], ...]:
        keep, key = self._settings.record == "full", self._key or b""
        return (
            [answer.time for answer in answers],
            [answer.request_id for answer in answers],
            [answer.model for answer in answers],
            [answer.version for answer in answers],
            [answer.role for answer in answers],
            [answer.text if keep else None for answer in answers],
            [text_hash(answer.text, key) for answer in answers],
            [len(answer.text) for answer in answers],
            [answer.label_id for answer in answers],
            [self._label(a.model, a.version, a.label_id) for a in answers],
            [None if a.label_id is None else a.probabilities[a.label_id] for a in answers],
            [answer.probabilities for answer in answers],
            [answer.latency * 1000 for answer in answers],
            [answer.shadow_version for answer in answers],
            [answer.shadow_label_id for answer in answers],
            [answer.shadow_confidence for answer in answers],
            [answer.shadow_value for answer in answers],
            [answer.value for answer in answers],
        )

    def _told(self, feedback: list[Feedback]) -> tuple[Sequence[Any], ...]:
        return (
            [item.time for item in feedback],
            [item.request_id for item in feedback],
            [item.model for item in feedback],
            [item.version for item in feedback],
            [item.label_id for item in feedback],
            [self._label(i.model, i.version, i.label_id) for i in feedback],
            [item.predicted_label_id for item in feedback],
            [item.value for item in feedback],
            [item.predicted_value for item in feedback],
        )

    def _label(self, model: str, version: str | None, label_id: int | None) -> str | None:
        return None if label_id is None else self._label_of(model, version, label_id)

    def _failed(self, error: OSError) -> None:
        self.errors += 1
        if not self._failing:
            self._failing = True
            logger.error("%s: can't log predictions, tried again later: %s", self._folder, error)

    def _recovered(self) -> None:
        if self._failing:
            self._failing = False
            logger.warning("%s: predictions are logged again", self._folder)


def _is_sampled(request_id: str, share: float) -> bool:
    if share == 1:
        return True
    # Keyed by its purpose: not the hash that splits traffic, or the sample would be one-sided.
    digest = hashlib.blake2b(request_id.encode(), digest_size=8, person=b"log sample").digest()
    return int.from_bytes(digest, "big") < share * 2**64
