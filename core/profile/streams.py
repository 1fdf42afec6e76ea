"""Samples of sources that are read from the first row to the last."""

from collections.abc import Sequence

import pyarrow as pa

from core.config.data import Source
from core.data.stream import Stream
from core.errors import DataError
from core.profile.sample import Sample, readable, rows_to_look_at


def sample_stream(stream: Stream, source: Source, notes: Sequence[str] = ()) -> Sample:
    """Look at every row, and keep some if they are many.

    Args:
        stream: The rows.
        source: What they come from.
        notes: What was found out already.

    Raises:
        DataError: the source is damaged or has no rows.
    """
    mixed: dict[str, str] = {}
    try:
        rows, table = _thinned(stream, stream.names)
    except DataError:
        mixed = _mixed(stream) if stream.is_typed else {}
        sound = [name for name in stream.names if name not in mixed]
        if not mixed or not sound:
            raise
        rows, table = _thinned(stream, sound)
    table, nested = readable(table)
    return Sample(
        source,
        table,
        rows,
        is_typed=stream.is_typed,
        class_names=stream.classes,
        unreadable=mixed | nested,
        notes=tuple(notes),
    )


def _thinned(stream: Stream, names: Sequence[str]) -> tuple[int, pa.Table]:
    """The number of rows, and each n-th of them: n doubles whenever too many are kept."""
    limit, step, rows = 2 * rows_to_look_at(len(names)), 1, 0
    kept: list[pa.Table] = []
    for batch in stream.batches(names):
        places = range(-rows % step, batch.num_rows, step)
        kept.append(batch if step == 1 else batch.take(pa.array(places, pa.int64())))
        rows += batch.num_rows
        while sum(part.num_rows for part in kept) > limit:
            step *= 2
            every = range(0, sum(part.num_rows for part in kept), 2)
            kept = [_joined(stream, kept).take(pa.array(every, pa.int64()))]
    if not rows:
        raise DataError(f"{stream.key}: {stream.where} has no rows: give a source with rows")
    return rows, _joined(stream, kept)


def _joined(stream: Stream, parts: Sequence[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(parts, promote_options="permissive")
    except pa.ArrowException as error:
        problem = " ".join(str(error).split())
        raise DataError(f"{stream.key}: {stream.where} mixes types: {problem}; mend it") from error


def _mixed(stream: Stream) -> dict[str, str]:
    """Columns that can't be read even by themselves."""
    found = {}
    for name in stream.names:
        try:
            _thinned(stream, [name])
        except DataError:
            found[name] = "mixes types of values: write them all alike"
    return found
