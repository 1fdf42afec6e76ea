import pytest

from benchmarks.serving.contenders import ASYNC, BENTO, LIMIT, MLFLOW_SERVE, OURS, SYNC
from benchmarks.serving.load import BATCH, FEW, LOADS, Sample
from benchmarks.serving.report import noise
from benchmarks.serving.rounds import Visit, Visits
from benchmarks.serving.servers import Memory
from benchmarks.serving.targets import MET, NOT_MET, finding, judge, plain_peer


def visit(rps: float, errors: int = 0, p99_ms: float = 10.0, others: float = 0.0) -> Visit:
    sample = Sample(rps, 1.0, p99_ms, errors, cpu_us=1e6 / rps, requests=int(rps), others=others)
    return Visit({load.name: sample for load in LOADS}, Memory(200.0, 150.0))


def visits(ours: list[Visit]) -> Visits:
    rates = {SYNC: 500, ASYNC: 1000, LIMIT: 4000, MLFLOW_SERVE: 500, BENTO: 400}
    return {OURS: ours, **{name: [visit(rps) for _ in ours] for name, rps in rates.items()}}


def test_ratios_are_to_the_faster_variant_round_by_round():
    found = {f.name: f for f in judge("lr", visits([visit(2400), visit(3000), visit(2600)]))}
    ratio = found["10 conn.: requests/s / FastAPI"]
    assert (ratio.median, ratio.low, ratio.high) == pytest.approx((2.6, 2.4, 3.0))
    assert (ratio.target, ratio.verdict) == (">= 2.5", MET)
    assert found["10 conn.: requests/s / limit"].verdict == NOT_MET
    assert found["10 conn.: requests/s / mlflow serve"].verdict == MET
    assert found["10 conn.: requests/s / BentoML, default"].verdict == ""


def test_the_svm_has_a_higher_target():
    found = {f.name: f for f in judge("svm", visits([visit(3000)]))}
    assert found["10 conn.: requests/s / FastAPI"].verdict == NOT_MET


def test_the_faster_variant_is_found_for_each_load():
    found = visits([visit(1)])
    slow_batches = visit(1000)
    slow_batches.samples[BATCH.name] = visit(100).samples[BATCH.name]
    found[ASYNC] = [slow_batches]
    assert plain_peer(found, FEW) == ASYNC
    assert plain_peer(found, BATCH) == SYNC


def test_one_error_in_one_round_is_too_many():
    found = {f.name: f for f in judge("lr", visits([visit(9000), visit(9000, 1), visit(9000)]))}
    assert found["10 conn.: errors"].median == 1
    assert found["10 conn.: errors"].verdict == NOT_MET


@pytest.mark.parametrize(("value", "verdict"), [(149.9, MET), (150.0, NOT_MET)])
def test_a_bound_may_exclude_itself(value, verdict):
    assert finding("p99", [value], "<", 150.0).verdict == verdict


def test_nan_meets_nothing():
    assert finding("growth", [float("nan")], "<", 5.0).verdict == NOT_MET


def test_a_busy_machine_is_reported():
    quiet, noisy = visits([visit(1)]), visits([visit(1, others=0.5)])
    assert noise(quiet) is None
    assert noise(noisy).startswith(f"in {len(LOADS)} of {len(LOADS) * 6} measurements")
