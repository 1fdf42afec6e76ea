"""Reads the prediction log that a service writes, also while it writes."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from core.errors import DataError
from core.prediction_log import COLUMNS, Kind, Type, segments

logger = logging.getLogger(__name__)

_TYPES: dict[Type, pa.DataType] = {
    "time": pa.timestamp("us", "UTC"),
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "numbers": pa.list_(pa.float64()),
}
_KEYS = ["model", "request_id"]
# Logs from before tables lack them.
_LATER = {"shadow_value", "value", "predicted_value"}
ENABLE = "GATEHOUSE_SERVING='{log: {record: full}}'"


def read_predictions(folder: Path) -> pd.DataFrame:
    """All predictions of a log, oldest file first, with what feedback says about them.

    Half a batch that a killed worker left at the end of its file is left out.

    Returns:
        The columns ``core.prediction_log.COLUMNS["predictions"]``, then ``true_label_id`` (Int64),
        ``true_label`` and ``true_value``, missing without feedback; of several the last one counts.

    Raises:
        DataError: There is no prediction log, or a file of it is none of ours.
    """
    _require_log(folder)
    predictions = _read(folder, "predictions").to_pandas()
    names = {"label_id": "true_label_id", "label": "true_label", "value": "true_value"}
    feedback = _read(folder, "feedback").select(["time", *_KEYS, *names]).to_pandas()
    last = feedback.sort_values("time", kind="stable").drop_duplicates(_KEYS, keep="last")
    truth = last.drop(columns="time").astype({"label_id": "Int64"})
    return predictions.merge(truth.rename(columns=names), how="left", on=_KEYS)


def read_logged_texts(folder: Path, model: str) -> pa.ChunkedArray:
    """The texts of one model's predictions, shape (predictions with a text,); a row is JSON.

    Raises:
        DataError: See :func:`read_predictions`; or there is no text of that model.
    """
    _require_log(folder)
    table = _read(folder, "predictions").select(["model", "text"])
    rows = table.filter(pc.field("model") == model)
    if not rows.num_rows:
        found = ", ".join(map(repr, pc.unique(table["model"]).to_pylist())) or "no predictions"
        raise DataError(
            f"--batch: {folder} has no predictions of {model!r}, but of {found}: give the log of "
            "this model's service, or the config of that model"
        )
    texts = rows["text"].drop_null()
    if not len(texts):
        raise DataError(
            f"--batch: {folder} has {rows.num_rows} predictions but no texts, only their hashes: "
            f"serve with serving.log.record: full ({ENABLE}) and monitor what is logged then"
        )
    return texts


def log_state(folder: Path) -> str:
    """What changes when rows come to a log, or go: SHA-256 of its files' names and sizes."""
    listing = "\n".join(f"{path.name} {path.stat().st_size}" for path in segments(folder))
    return hashlib.sha256(listing.encode()).hexdigest()


def _require_log(folder: Path) -> None:
    if not segments(folder, "predictions"):
        raise DataError(
            f"--batch: {folder} has no prediction log (predictions-*.arrows): give a batch file "
            "or the folder that a service logs to"
        )


def _read(folder: Path, kind: Kind) -> pa.Table:
    schema = pa.schema([(name, _TYPES[type_]) for name, type_ in COLUMNS[kind].items()])
    batches = [batch for path in segments(folder, kind) for batch in _batches(path, schema)]
    return pa.Table.from_batches(batches, schema)


def _batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches of a file up to its end, or up to where a killed writer left it."""
    content = _content(path)
    if not content:
        return
    try:
        reader = pa.ipc.open_stream(content)
        known = set(reader.schema)
        if not {field for field in schema if field.name not in _LATER} <= known <= set(schema):
            raise DataError(f"--batch: {path} is of another version of the log: move it away")
        for batch in reader:
            batch.validate(full=True)
            yield _completed(batch, schema)
    except (pa.ArrowInvalid, OSError) as error:
        logger.warning("%s ends in half a batch, which is left out: %s", path, error)


def _completed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    known = batch.schema.names
    columns = [
        batch.column(field.name) if field.name in known else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # the service made room
        return b""
    except OSError as error:
        raise DataError(f"--batch: {path} can't be read: {error.strerror}") from error
