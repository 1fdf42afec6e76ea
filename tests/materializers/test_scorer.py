from pathlib import Path
from typing import Any

import numpy as np

from core.models.scorer.exact import ExactScorer
from core.models.scorer.spec import ScorerSpec
from core.models.scorer.storage import load_scorer, scorer_digest
from materializers.scorer import ScorerMaterializer
from tests.serving import LABELS, Fitted


def test_a_scorer_comes_back_and_is_known_by_its_digest(fitted: Fitted, stored: Any) -> None:
    spec = load_scorer(fitted.scorer_folder).spec
    materializer = stored(ScorerMaterializer, spec)
    loaded = ExactScorer(materializer.load(ScorerSpec))
    np.testing.assert_allclose(
        loaded.predict_proba(fitted.texts),
        fitted.estimator.predict_proba(fitted.texts),
        rtol=0,
        atol=1e-12,
    )
    digest = scorer_digest(fitted.scorer_folder)
    assert materializer.extract_metadata(spec) == {"sha256": digest, "labels": list(LABELS)}
    assert materializer.compute_content_hash(spec) == digest


def test_it_is_stored_as_the_files_that_are_served(fitted: Fitted, stored: Any) -> None:
    folder = Path(stored(ScorerMaterializer, load_scorer(fitted.scorer_folder).spec).uri)
    assert scorer_digest(folder / "scorer") == scorer_digest(fitted.scorer_folder)
