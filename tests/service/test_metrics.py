import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.metrics import FAMILIES, Metrics
from service.telemetry import Telemetry
from tests.telemetry import finished, program

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]
WORKER = """
import sys
from pathlib import Path
from service.metrics import Metrics

metrics = Metrics(Path(sys.argv[1]))
metrics.add("gatehouse_reloads_total", ("news", "swapped"), 2)
metrics.observe("gatehouse_request_seconds", [("/predict",)] * 3, [0.0001, 0.003, 20.0])
metrics.set("gatehouse_log_pending", {(): 7})
metrics.set("gatehouse_model_info", {("news", "1", "champion", "s", "c", "d"): 1})
metrics.publish()
print(flush=True)
sys.stdin.read()
"""


def values(metrics: Metrics | Telemetry) -> Values:
    """What Prometheus reads; empty families left out."""
    body, content_type = metrics.render()
    assert content_type.startswith(b"text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def bucket(end: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return ("gatehouse_request_seconds_bucket", (("le", end), ("route", "/predict")))


RELOADS = ("gatehouse_reloads_total", (("model", "news"), ("outcome", "swapped")))
PENDING = ("gatehouse_log_pending", ())
COUNT = ("gatehouse_request_seconds_count", (("route", "/predict"),))
SUM = ("gatehouse_request_seconds_sum", (("route", "/predict"),))


def test_a_histogram_counts_up_to_and_including_the_ends(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    metrics.observe("gatehouse_request_seconds", [("/predict",)] * 3, [0.0001, 0.00011, 10.1])
    found = values(metrics)
    assert [found[bucket(end)] for end in ("0.0001", "0.00025", "10.0", "+Inf")] == [1, 2, 2, 3]
    assert found[COUNT] == 3
    assert found[SUM] == pytest.approx(10.10021)


def test_an_info_is_replaced_and_a_label_is_escaped(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    for version in ("1", 'a"b\\\n'):
        metrics.set("gatehouse_model_info", {("news", version, "champion", "s", "c", "d"): 1.0})
    ((_, labels),) = [key for key in values(metrics) if key[0] == "gatehouse_model_info"]
    assert dict(labels)["version"] == 'a"b\\\n'


@pytest.mark.integration
def test_workers_are_added_up_the_dead_ones_too(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    metrics.set("gatehouse_log_pending", {(): 1})
    metrics.add("gatehouse_reloads_total", ("news", "swapped"), 1)
    processes = [program(WORKER, tmp_path) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    found = values(metrics)
    assert (found[RELOADS], found[PENDING], found[COUNT]) == (5, 15, 6)
    assert found[bucket("0.0025")] == 2
    assert [v for (name, _), v in found.items() if name == "gatehouse_model_info"] == [1]

    processes[0].kill()
    processes[0].communicate()
    found = values(metrics)
    assert (found[RELOADS], found[PENDING], found[COUNT]) == (5, 8, 6)

    finished(processes[1])
    again = program(WORKER, tmp_path)
    assert again.stdout is not None
    again.stdout.readline()
    found = values(metrics)
    assert (found[RELOADS], found[PENDING], found[COUNT]) == (7, 8, 9)
    assert len(list(tmp_path.glob("*.json"))) == 2
    finished(again)


def test_a_slot_is_free_once_closed(tmp_path: Path) -> None:
    first, second = Metrics(tmp_path), Metrics(tmp_path)
    first.add("gatehouse_reloads_total", ("news", "swapped"), 1)
    first.publish()
    first.close()
    assert values(second)[RELOADS] == 1
    third = Metrics(tmp_path)
    third.add("gatehouse_reloads_total", ("news", "swapped"), 1)
    assert values(third)[RELOADS] == 2


def test_a_copy_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics")
    metrics.publish()
    (tmp_path / "metrics").rename(tmp_path / "away")
    metrics.add("gatehouse_reloads_total", ("news", "swapped"), 1)
    with pytest.raises(OSError, match="No such file"):
        metrics.publish()
    assert values(metrics)[RELOADS] == 1
    assert json.loads((tmp_path / "away/0.json").read_bytes()) == {}


def test_names_follow_the_conventions() -> None:
    for name, family in FAMILIES.items():
        assert name.startswith("gatehouse_")
        assert name.endswith("_total") == (family.kind == "counter")
        assert list(family.bounds) == sorted(family.bounds)
