import numpy as np
import pytest

from core.config.evaluation import EvaluationConfig
from core.evaluation.classification import evaluate_classifier
from core.evaluation.evaluation import Evaluation, Explanation
from core.evaluation.measured import Measured


def _evaluate(y: list[int], proba: np.ndarray) -> Evaluation:
    return evaluate_classifier(
        Measured(("a", "b"), np.array(y), proba, np.array(y), proba),
        slices=[],
        explained=Explanation(),
        config=EvaluationConfig(),
        seed=0,
    )


def test_counts_by_hand() -> None:
    proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.1, 0.9]])
    result = _evaluate([0, 0, 1, 1], proba)
    assert result.confusion == [[2, 0], [1, 1]]
    assert [row.support for row in result.per_class] == [2, 2]
    assert result.per_class[0].precision == pytest.approx(2 / 3)
    assert result.per_class[1].recall == pytest.approx(0.5)


def test_parts_add_up(evaluation: Evaluation) -> None:
    accuracy = evaluation.metrics["accuracy"].value
    assert evaluation.rows == 200
    assert sum(map(sum, evaluation.confusion)) == 200
    assert sum(b.count for b in evaluation.reliability) == 200
    assert [row.name for row in evaluation.slices] == ["source=wire", "source=blog"]
    hits = sum(row.rows * row.metrics["accuracy"] for row in evaluation.slices)
    assert hits / 200 == pytest.approx(accuracy)
    assert all(row.low < row.metrics["accuracy"] < row.high for row in evaluation.slices)
    widths = [row.high - row.low for row in evaluation.slices]
    assert widths[0] > widths[1], "fewer rows, wider interval"


def test_calibration_error_follows_from_the_reliability_bins(evaluation: Evaluation) -> None:
    gaps = sum(abs(b.confidence - b.accuracy) * b.count for b in evaluation.reliability)
    assert gaps / 200 == pytest.approx(evaluation.metrics["ece"].value)


@pytest.mark.parametrize("name", ["evaluation", "binary", "regression"])
def test_survives_json(name: str, request: pytest.FixtureRequest) -> None:
    evaluation: Evaluation = request.getfixturevalue(name)
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation


def test_an_undefined_metric_survives_json() -> None:
    result = _evaluate([0, 0], np.array([[0.9, 0.1], [0.8, 0.2]]))
    again = Evaluation.model_validate_json(result.model_dump_json())
    assert np.isnan(again.metrics["auc"].value)
    assert np.isnan([again.metrics["auc"].low, again.metrics["auc"].high]).all()
    assert again.curves is None
    assert again.threshold is not None
    assert again.per_class[1].support == 0
