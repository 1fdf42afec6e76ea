"""Everything measured about one model on one split, as plain data."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Points = tuple[tuple[float, float], ...]


class _Record(BaseModel):
    # An undefined metric is NaN; as a string it survives JSON, which has no NaN.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class Estimate(_Record):
    """A metric with its 95% bootstrap interval; NaN where undefined."""

    value: float
    low: float
    high: float


class ClassRow(_Record):
    """Scores of one class; 0 where nothing was predicted or nothing is true."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int

    def scores(self) -> dict[str, float]:
        """The metrics by name; none where the class has no rows."""
        named = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return named if self.support else {}


class ReliabilityBin(_Record):
    """Mean confidence and accuracy of the rows in one confidence bin."""

    confidence: float
    accuracy: float
    count: int


class Curves(_Record):
    """How a binary classifier ranks the test rows, whatever the threshold.

    Attributes:
        positive: The label that is looked for.
        share: Share of the rows that have it.
        average_precision: Area under the precision-recall curve, as a sum of steps.
        roc: False positive rate and true positive rate, from the strictest threshold on.
        precision_recall: Recall and precision, likewise.
    """

    positive: str
    share: float
    average_precision: float
    roc: Points
    precision_recall: Points


class ThresholdChoice(_Record):
    """From which probability on a row is best called positive, given what errors cost.

    Costs are means per row. Answers of the model keep the threshold 0.5.

    Attributes:
        positive: The label that is looked for.
        false_positive: Cost of calling a row so that is not.
        false_negative: Cost of missing one.
        threshold: The cheapest on the validation rows.
        in_theory: The cheapest if the probabilities were exact.
        validation_cost: Cost on the validation rows.
        test_cost: Cost on the test rows.
        test_cost_of_half: The same with the threshold 0.5.
        test_saving: Cost of 0.5 less that of the threshold, on the test rows.
        costs: Threshold and cost on the validation rows.
    """

    positive: str
    false_positive: float
    false_negative: float
    threshold: float
    in_theory: float
    validation_cost: float
    test_cost: float
    test_cost_of_half: float
    test_saving: Estimate
    costs: Points


class Residuals(_Record):
    """Prediction minus truth.

    Attributes:
        mean: Of all rows, with its interval; away from 0 the model is biased.
        deviation: Standard deviation.
        quantiles: By name: min, 5%, 25%, 50%, 75%, 95%, max.
        points: Truth and prediction of a seeded sample of rows.
        edges: Of the histogram's bins.
        counts: Rows in each bin.
        normal: Quantiles of the standard normal distribution, and of the standardised residuals.
    """

    mean: Estimate
    deviation: float
    quantiles: dict[str, float]
    points: Points
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    normal: Points


class IntervalCoverage(_Record):
    """How often the prediction interval held the truth, on the test rows.

    Attributes:
        wanted: The share that it is to hold.
        observed: The share that it held.
        low: Lower end of the 95% Wilson interval of that.
        high: Upper end.
        mean_width: Mean width of the prediction interval.
    """

    wanted: float
    observed: float
    low: float
    high: float
    mean_width: float


class SliceRow(_Record):
    """The metrics of the rows that share a property.

    Attributes:
        kind: Which property: ``length``, or a column of ``data.slices``.
        value: Its value.
        rows: How many rows have it.
        metrics: Every metric that these rows define.
        low: Lower end of the 95% interval of ``metric``.
        high: Upper end.
        metric: What is shown: accuracy (Wilson interval) or mean absolute error (bootstrap).
        rest: The same metric of all other rows; None where there are none.
        p_value: One-sided, that the slice is no worse than the rest; corrected for the number of
            slices (Holm); None where it can't be tested.
        is_gap: Whether it is worse than the rest beyond chance.
    """

    kind: str
    value: str
    rows: int
    metrics: dict[str, float]
    low: float
    high: float
    metric: str = "accuracy"
    rest: float | None = None
    p_value: float | None = None
    is_gap: bool = False

    @property
    def name(self) -> str:
        """As a rule's ``slice`` names it."""
        return f"{self.kind}={self.value}"

    @property
    def shown(self) -> float:
        """The value of ``metric``."""
        return self.metrics.get(self.metric, float("nan"))


class Weight(_Record):
    """How much one column, or word, matters; ``spread`` is the standard deviation of repeats."""

    name: str
    value: float
    spread: float = 0.0


class Weighing(_Record):
    """Columns or words by how much they matter.

    Attributes:
        method: How it was found out.
        unit: What the values are.
        output: The class that they are about; empty: all, or the predicted quantity.
        rows: How many test rows were looked at.
        weights: The heaviest first.
    """

    method: Literal["contributions", "permutation", "erasure", "shap"]
    unit: str
    output: str = ""
    rows: int
    weights: tuple[Weight, ...]


class Explanation(_Record):
    """What the model looks at.

    Attributes:
        terms: Of a linear text model, per label the n-grams that push most towards it.
        weighings: Of any other model.
        notes: What was left out, and why.
    """

    terms: dict[str, list[tuple[str, float]]] = {}
    weighings: tuple[Weighing, ...] = ()
    notes: tuple[str, ...] = ()


class Evaluation(_Record):
    """The whole picture; what a model of its kind does not have is empty.

    Attributes:
        rows: Test rows.
        labels: Class names by id; empty where a quantity is predicted.
        metrics: With intervals.
        per_class: Scores of each class.
        confusion: ``confusion[i][j]`` counts rows of class i predicted as class j.
        reliability: Confidence against accuracy.
        curves: Of two classes, both of which the rows have.
        threshold: Of two classes.
        residuals: Of a predicted quantity.
        coverage: Of its prediction interval.
        slices: Parts of the rows.
        explanation: What the model looks at.
    """

    rows: int
    labels: tuple[str, ...]
    metrics: dict[str, Estimate]
    per_class: tuple[ClassRow, ...] = ()
    confusion: list[list[int]] = []
    reliability: tuple[ReliabilityBin, ...] = ()
    curves: Curves | None = None
    threshold: ThresholdChoice | None = None
    residuals: Residuals | None = None
    coverage: IntervalCoverage | None = None
    slices: tuple[SliceRow, ...] = ()
    explanation: Explanation = Explanation()

    def values(self) -> dict[str, float]:
        """The metrics without their intervals."""
        return {name: estimate.value for name, estimate in self.metrics.items()}

    @property
    def gaps(self) -> tuple[SliceRow, ...]:
        """The slices that are worse than the rest beyond chance."""
        return tuple(part for part in self.slices if part.is_gap)
