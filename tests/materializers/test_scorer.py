from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config.candidates import RandomForestCandidate
from core.config.data import PreprocessingConfig
from core.config.models import RandomForestParams
from core.errors import GatehouseError
from core.models.build import build_estimator
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_model
from core.models.scorer.spec import PickledModel, ScorerSpec
from core.models.scorer.storage import PICKLE, load_model, scorer_digest
from materializers.scorer import ScorerMaterializer
from tests.serving import LABELS, Fitted, headlines


@pytest.fixture(scope="module")
def forest() -> PickledModel:
    candidate = RandomForestCandidate(
        name="forest", model="random_forest", params=RandomForestParams(n_estimators=2)
    )
    estimator = build_estimator(candidate, PreprocessingConfig(), seed=0)
    model = export_model(estimator.fit(*headlines(60, seed=1)), LABELS)
    assert isinstance(model, PickledModel)
    return model


def test_a_scorer_comes_back_and_is_known_by_its_digest(fitted: Fitted, stored: Any) -> None:
    spec = load_model(fitted.scorer_folder)
    materializer = stored(ScorerMaterializer, spec)
    loaded = ExactScorer(materializer.load(ScorerSpec))
    np.testing.assert_allclose(
        loaded.outputs(fitted.texts),
        fitted.estimator.predict_proba(fitted.texts),
        rtol=0,
        atol=1e-12,
    )
    digest = scorer_digest(fitted.scorer_folder)
    assert materializer.extract_metadata(spec) == {"sha256": digest, "labels": list(LABELS)}
    assert materializer.compute_content_hash(spec) == digest


def test_it_is_stored_as_the_files_that_are_served(fitted: Fitted, stored: Any) -> None:
    folder = Path(stored(ScorerMaterializer, load_model(fitted.scorer_folder)).uri)
    assert scorer_digest(folder / "scorer") == scorer_digest(fitted.scorer_folder)


def test_a_pickled_model_comes_back_unopened(forest: PickledModel, stored: Any) -> None:
    materializer = stored(ScorerMaterializer, forest)
    assert materializer.load(PickledModel) == forest
    digest = scorer_digest(Path(materializer.uri) / "scorer")
    assert materializer.extract_metadata(forest)["sha256"] == digest
    assert materializer.compute_content_hash(forest) == digest


def test_files_other_than_those_that_were_stored_are_refused(
    forest: PickledModel, stored: Any
) -> None:
    materializer = stored(ScorerMaterializer, forest)
    materializer.expected_content_hash = materializer.compute_content_hash(forest)
    assert materializer.load(PickledModel) == forest
    (Path(materializer.uri) / "scorer" / PICKLE).write_bytes(forest.content + b" ")
    with pytest.raises(GatehouseError, match="not those that the run stored"):
        materializer.load(PickledModel)
