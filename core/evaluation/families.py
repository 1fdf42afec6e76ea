"""The two families of metrics."""

from core.evaluation.bootstrap import weighted_metrics
from core.evaluation.family import MetricFamily
from core.evaluation.metrics import classification_metrics, hits, log_losses
from core.evaluation.quantities import (
    absolute_errors,
    quantity_metrics,
    relative_errors,
    weighted_quantities,
)

CLASSIFICATION = MetricFamily(
    values=classification_metrics,
    weighted=weighted_metrics,
    row_values={"accuracy": hits, "log_loss": log_losses},
    fallback="accuracy",
    has_classes=True,
)

REGRESSION = MetricFamily(
    values=quantity_metrics,
    weighted=weighted_quantities,
    row_values={"mae": absolute_errors, "mape": relative_errors},
    fallback="mae",
    has_classes=False,
)
