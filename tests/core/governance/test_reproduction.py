from core.governance.reproduction import UNRECORDED, Making, Predictions, judge

THEN = Making(
    model_sha256="a" * 64,
    data_fingerprint="d" * 64,
    config_hash="c" * 64,
    git_commit="1" * 40,
    libraries={"numpy": "2.4.0", "scikit-learn": "1.9.1"},
)
OTHER_BYTES = THEN.model_copy(update={"model_sha256": "b" * 64})
EQUAL = Predictions(rows=90, max_difference=0.0, other_labels=0)
UNEQUAL = Predictions(rows=90, max_difference=0.012, other_labels=3)
SHA256 = "model: SHA-256 aaaaaaaaaaaa at the release, bbbbbbbbbbbb now"


def test_the_same_bytes() -> None:
    result = judge(THEN, THEN, EQUAL)
    assert (result.verdict, result.differences) == ("identical", ())


def test_the_same_bytes_in_other_circumstances() -> None:
    libraries = {"numpy": "2.5.0", "scipy": "1.17"}
    now = THEN.model_copy(update={"git_commit": None, "libraries": libraries})
    result = judge(THEN, now, EQUAL, ("data: the recorded rows are lost",))
    assert result.verdict == "identical"
    assert result.differences == (
        "data: the recorded rows are lost",
        "code: commit 111111111111 at the release, unknown now",
        "library: numpy 2.4.0 at the release, 2.5.0 now",
        "library: scikit-learn 1.9.1 at the release, absent now",
        "library: scipy absent at the release, 1.17 now",
    )


def test_the_same_predictions() -> None:
    result = judge(THEN, OTHER_BYTES, EQUAL)
    assert (result.verdict, result.differences) == ("same_predictions", (UNRECORDED, SHA256))


def test_other_data() -> None:
    now = OTHER_BYTES.model_copy(update={"data_fingerprint": "e" * 64, "config_hash": "f" * 64})
    result = judge(THEN, now, UNEQUAL)
    assert result.verdict == "different"
    assert result.differences == (
        "data: fingerprint dddddddddddd at the release, eeeeeeeeeeee now",
        "config: hash cccccccccccc at the release, ffffffffffff now",
        UNRECORDED,
        SHA256,
        "predictions: probabilities on 90 test rows differ by up to 1.2e-02, 3 labels differ",
    )


def test_predictions_that_can_not_be_compared_are_not_the_same() -> None:
    lost = Predictions(rows=90, problem="the recorded model is lost")
    result = judge(THEN, OTHER_BYTES, lost)
    assert result.verdict == "different"
    assert result.differences[-1] == "predictions: not compared, the recorded model is lost"
    same = judge(THEN, THEN, lost)
    assert (same.verdict, same.differences) == ("identical", result.differences[-1:])


def test_a_dirty_checkout_proves_nothing() -> None:
    dirty = THEN.model_copy(update={"git_commit": "1" * 40 + "-dirty"})
    same = "code: commit 111111111111 with uncommitted changes both times, so it may differ"
    assert judge(dirty, dirty, EQUAL).differences == (same,)
    changed = "code: commit 111111111111 at the release, 111111111111 with uncommitted changes now"
    assert judge(THEN, dirty, EQUAL).differences == (changed,)
