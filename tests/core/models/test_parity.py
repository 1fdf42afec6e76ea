import math
from dataclasses import replace

import numpy as np
import pytest

from core.models.parity import HOSTILE_TEXTS, ParityReport, check_parity, probe_texts
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_model, export_scorer
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest

MODEL = {"model": "logistic_regression"}


@pytest.fixture(scope="module")
def spec(fitted, labels):
    return export_scorer(fitted(MODEL), labels)


def with_head(spec, **changes):
    member = spec.members[0]
    return replace(spec, members=(replace(member, head=replace(member.head, **changes)),))


def test_an_exact_scorer_passes(fitted, corpus, spec):
    report = check_parity(fitted(MODEL), ExactScorer(spec), probe_texts(corpus(4)[0], 1000, seed=1))
    assert report.passed
    assert report.rows == 1000 + len(HOSTILE_TEXTS)
    assert ParityReport.model_validate(report.model_dump()) == report


def test_an_opened_pickle_passes(fitted, corpus, labels, tmp_path):
    forest = fitted({"model": "random_forest", "params": {"n_estimators": 3}})
    save_scorer(export_model(forest, labels), tmp_path)
    scorer = load_scorer(tmp_path, scorer_digest(tmp_path))
    report = check_parity(forest, scorer, probe_texts(corpus(4)[0], 100, seed=1))
    assert report.max_abs_difference == 0
    assert report.passed


def test_a_small_difference_fails_with_equal_labels(fitted, corpus, spec):
    intercepts = spec.members[0].head.intercepts.copy()
    intercepts[0] += 1e-7
    scorer = ExactScorer(with_head(spec, intercepts=intercepts))
    report = check_parity(fitted(MODEL), scorer, corpus(4)[0])
    assert not report.passed
    assert report.label_mismatches == 0
    assert 1e-9 < report.max_abs_difference < 1e-6
    assert check_parity(fitted(MODEL), scorer, corpus(4)[0], tolerance=1e-6).passed


def test_other_labels_are_counted(fitted, corpus, spec):
    flipped = with_head(spec, coefficients=-spec.members[0].head.coefficients)
    assert check_parity(fitted(MODEL), ExactScorer(flipped), corpus(4)[0]).label_mismatches > 100


def test_nan_never_passes():
    report = ParityReport(rows=1, label_mismatches=0, max_abs_difference=math.nan, tolerance=1e-9)
    assert not report.passed


@pytest.mark.parametrize("given", [0, 1, 50, 5000])
def test_there_are_enough_probes_and_they_are_seeded(given):
    texts = [f"Text number {number}" for number in range(given)]
    probes = probe_texts(texts, 1000, seed=1)
    assert len(probes) == 1000 + len(HOSTILE_TEXTS)
    assert len(set(texts) & set(probes)) >= min(given, 1000)
    assert probes == probe_texts(texts, 1000, seed=1)
    assert probes[:1000] != probe_texts(texts, 1000, seed=2)[:1000]


def test_an_undefined_difference_fails_and_survives_json() -> None:
    report = ParityReport(
        rows=1, label_mismatches=0, max_abs_difference=float("nan"), tolerance=1e-9
    )
    again = ParityReport.model_validate_json(report.model_dump_json())
    assert np.isnan(again.max_abs_difference)
    assert not again.passed
