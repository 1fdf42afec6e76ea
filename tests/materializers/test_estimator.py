import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from materializers.estimator import FILENAME, EstimatorMaterializer
from tests.serving import Fitted


def test_an_estimator_comes_back_and_is_known_by_its_bytes(fitted: Fitted, stored: Any) -> None:
    materializer = stored(EstimatorMaterializer, fitted.estimator)
    loaded = materializer.load(Pipeline)
    np.testing.assert_array_equal(
        loaded.predict_proba(fitted.texts), fitted.estimator.predict_proba(fitted.texts)
    )
    content = Path(materializer.uri, FILENAME).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    metadata = materializer.extract_metadata(fitted.estimator)
    assert metadata == {"sha256": digest, "bytes": len(content)}
    assert materializer.compute_content_hash(fitted.estimator) == digest
