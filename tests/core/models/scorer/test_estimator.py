import os
import pickle
import pickletools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import GatehouseError
from core.models.parity import HOSTILE_TEXTS
from core.models.scorer.estimator import LIBRARIES, PICKLED_MODULES, EstimatorScorer
from core.models.scorer.export import export_model
from core.models.scorer.storage import save_scorer, scorer_digest

ROOT = Path(__file__).parents[4]
FOREST = {"model": "random_forest", "params": {"n_estimators": 3, "class_weight": "balanced"}}
VOTE = {
    "model": "soft_vote",
    "members": [{"model": "linear_svm", "vectorizer": {"kind": "count"}}, FOREST],
}


@pytest.fixture(scope="module")
def model(fitted, labels):
    return export_model(fitted(VOTE), labels)


def test_it_gives_the_pipelines_own_probabilities(fitted, corpus, model, labels):
    scorer, texts = EstimatorScorer(model), [*corpus(4)[0][:20], *HOSTILE_TEXTS]
    expected = fitted(VOTE).predict_proba(texts)
    np.testing.assert_array_equal(scorer.predict_proba(texts), expected)
    np.testing.assert_array_equal(scorer.predict_proba(tuple(texts)), expected)
    for text, row in zip(texts, expected, strict=True):
        np.testing.assert_array_equal(scorer.predict_proba_one(text), row)
    assert scorer.predict_proba([]).shape == (0, 4)
    assert scorer.labels == labels
    assert scorer.explain(texts[0], 0) is None


def test_it_was_made_by_the_libraries_here(model):
    assert set(model.libraries) == set(LIBRARIES)
    assert model.libraries["numpy"] == np.__version__


def test_another_scikit_learn_is_refused_before_the_pickle_is_opened(model, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    libraries = dict(model.libraries) | {"scikit-learn": "0.1"}
    foreign = replace(model, libraries=libraries, content=pickle.dumps(Bomb()))
    with pytest.raises(GatehouseError, match=r"install scikit-learn==0\.1 or release") as caught:
        EstimatorScorer(foreign)
    assert model.libraries["scikit-learn"] in str(caught.value)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("candidate", [FOREST, VOTE])
def test_a_pickle_names_only_the_project_modules_that_are_listed(fitted, labels, candidate):
    content = export_model(fitted(candidate), labels).content
    strings = {item for _, item, _ in pickletools.genops(content) if isinstance(item, str)}
    assert {name for name in strings if name.startswith("core.")} == set(PICKLED_MODULES)


EXACT_WITHOUT_SKLEARN = """
import sys
from pathlib import Path
for name in ("sklearn", "scipy", "pandas"):
    sys.modules[name] = None
import core.models.golden
from core.models.scorer.storage import load_scorer
exact, pickled, digest = sys.argv[1:]
print(load_scorer(Path(exact)).predict_proba_one("the cup").sum().round(9))
load_scorer(Path(pickled), digest)
"""


def test_only_a_pickle_needs_scikit_learn(fitted, labels, model, tmp_path):
    save_scorer(export_model(fitted({"model": "multinomial_nb"}), labels), tmp_path / "exact")
    save_scorer(model, tmp_path / "pickled")
    folders = [str(tmp_path / "exact"), str(tmp_path / "pickled")]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            EXACT_WITHOUT_SKLEARN,
            *folders,
            scorer_digest(tmp_path / "pickled"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "1.0"
    assert "GatehouseError" in done.stderr
    assert "sklearn" in done.stderr
