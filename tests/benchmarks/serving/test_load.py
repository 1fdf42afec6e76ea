import json

from benchmarks.serving.contenders import INVOCATIONS, PREDICT
from benchmarks.serving.load import BATCH, BATCH_BODIES, FEW, write_bodies

TEXTS = [f"text {number}\nwith a second line, „quotes“ and \\" for number in range(200)]


def read(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_every_text_is_asked_for_once(tmp_path):
    bodies = read(write_bodies(PREDICT, TEXTS, FEW, tmp_path / "bodies"))
    assert [body["text"] for body in bodies] == TEXTS


def test_batches_are_different_and_the_same_in_each_run(tmp_path):
    first, again = (
        read(write_bodies(INVOCATIONS, TEXTS, BATCH, tmp_path / name)) for name in ("a", "b")
    )
    assert first == again
    assert len({tuple(body["inputs"]) for body in first}) == BATCH_BODIES
    assert all(len(set(body["inputs"]) & set(TEXTS)) == BATCH.texts for body in first)
