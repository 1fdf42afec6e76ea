"""Fitted model → what will be served, proven equal, and the answers it must keep giving."""

import tempfile
from pathlib import Path
from typing import Annotated

from sklearn.pipeline import Pipeline
from zenml import log_metadata, step
from zenml.materializers import PydanticMaterializer

from adapters.caching import cache_policy
from core.data.dataset import Dataset
from core.models.golden import Golden, make_golden
from core.models.parity import ParityReport, check_parity
from core.models.scorer.protocol import Scorer
from core.models.scorer.spec import PickledModel, ServedModel
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest
from core.tasks import get_task
from materializers.scorer import ScorerMaterializer


@step(
    cache_policy=cache_policy(__file__),
    output_materializers={
        "scorer": ScorerMaterializer,
        "golden": PydanticMaterializer,
        "parity": PydanticMaterializer,
    },
)
def export_scorer(
    model: Pipeline, train: Dataset, test: Dataset, task: str, rows: int, seed: int
) -> tuple[
    Annotated[ServedModel, "scorer"],
    Annotated[Golden, "golden"],
    Annotated[ParityReport, "parity"],
]:
    """Export what will be served, compare its stored form with the model, keep both's answers."""
    chosen = get_task(task)
    served = chosen.export(model, train)
    if isinstance(served, PickledModel):
        print("the exact scorer does not know this model: it will be served by scikit-learn")
    scorer = _stored(served)
    probes = chosen.probes((test, train), rows, seed)
    parity = check_parity(chosen.predict(model, probes), scorer, probes)
    log_metadata(parity.model_dump())
    asked = chosen.golden_inputs(model, seed)
    return served, make_golden(chosen.predict(model, asked), scorer, asked), parity


def _stored(model: ServedModel) -> Scorer:
    """The scorer after a round trip through its files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_scorer(model, folder)
        return load_scorer(folder, scorer_digest(folder))
