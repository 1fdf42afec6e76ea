"""Fitted model → plain-numbers scorer, proven equal."""

from typing import Annotated

from sklearn.pipeline import Pipeline
from zenml import log_metadata, step

from adapters.caching import cache_policy
from core.data.dataset import Dataset
from core.models.parity import ParityReport, check_parity, probe_texts
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_scorer as export
from core.models.scorer.spec import ScorerSpec
from materializers.scorer import ScorerMaterializer


@step(cache_policy=cache_policy(__file__), output_materializers={"scorer": ScorerMaterializer})
def export_scorer(
    model: Pipeline, train: Dataset, test: Dataset, rows: int, seed: int
) -> tuple[Annotated[ScorerSpec, "scorer"], Annotated[ParityReport, "parity"]]:
    """Export the scorer that will be served and compare it with the estimator."""
    scorer = export(model, train.labels)
    probes = probe_texts(test.texts + train.texts, rows, seed)
    parity = check_parity(model, ExactScorer(scorer), probes)
    log_metadata(parity.model_dump())
    return scorer, parity
