import math
from dataclasses import replace

import numpy as np
import pytest

from core.errors import GatehouseError
from core.models.parity import (
    HOSTILE_TEXTS,
    ParityReport,
    check_parity,
    differences,
    probe_texts,
)
from core.models.scorer.estimator import EstimatorScorer
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_model, export_scorer
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest
from tests.tables import fit_table

MODEL = {"model": "logistic_regression"}


@pytest.fixture(scope="module")
def spec(fitted, labels):
    return export_scorer(fitted(MODEL), labels)


def with_head(spec, **changes):
    member = spec.members[0]
    return replace(spec, members=(replace(member, head=replace(member.head, **changes)),))


def test_an_exact_scorer_passes(fitted, corpus, spec):
    probes = probe_texts(corpus(4)[0], 1000, seed=1)
    report = check_parity(fitted(MODEL).predict_proba(probes), ExactScorer(spec), probes)
    assert report.passed
    assert report.rows == 1000 + len(HOSTILE_TEXTS)
    assert ParityReport.model_validate(report.model_dump()) == report


def test_an_opened_pickle_passes(fitted, corpus, labels, tmp_path):
    forest = fitted({"model": "random_forest", "params": {"n_estimators": 3}})
    save_scorer(export_model(forest, labels), tmp_path)
    scorer = load_scorer(tmp_path, scorer_digest(tmp_path))
    probes = probe_texts(corpus(4)[0], 100, seed=1)
    report = check_parity(forest.predict_proba(probes), scorer, probes)
    assert report.max_abs_difference == 0
    assert report.passed


def test_a_small_difference_fails_with_equal_labels(fitted, corpus, spec):
    intercepts = spec.members[0].head.intercepts.copy()
    intercepts[0] += 1e-7
    scorer = ExactScorer(with_head(spec, intercepts=intercepts))
    texts = corpus(4)[0]
    expected = fitted(MODEL).predict_proba(texts)
    report = check_parity(expected, scorer, texts)
    assert not report.passed
    assert report.label_mismatches == 0
    assert 1e-9 < report.max_abs_difference < 1e-6
    assert check_parity(expected, scorer, texts, tolerance=1e-6).passed


def test_other_labels_are_counted(fitted, corpus, spec):
    flipped = with_head(spec, coefficients=-spec.members[0].head.coefficients)
    texts = corpus(4)[0]
    report = check_parity(fitted(MODEL).predict_proba(texts), ExactScorer(flipped), texts)
    assert report.label_mismatches > 100


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


@pytest.mark.parametrize("model", ["logistic_regression", "hist_gradient_boosting", "ridge"])
def test_a_served_table_model_equals_its_estimator(model):
    fitted = fit_table(model)
    report = check_parity(fitted.outputs, EstimatorScorer(fitted.model), fitted.rows)
    assert (report.rows, report.label_mismatches, report.max_abs_difference) == (100, 0, 0.0)


def test_quantities_differ_in_their_own_units():
    fitted = fit_table("ridge")
    scorer, expected = EstimatorScorer(fitted.model), fitted.outputs.copy()
    expected[np.abs(expected).argmax()] *= 1 + 1e-6
    report = check_parity(expected, scorer, fitted.rows)
    assert report.max_abs_difference == pytest.approx(1e-6, rel=1e-3)
    assert report.label_mismatches == 0
    assert not report.passed


def test_a_wrong_quantity_shows_beside_hostile_rows_that_are_answered_with_huge_ones():
    expected = np.append(np.linspace(50, 150, 1000), [1e31, -1e308, 0.0])[:, None]
    found = expected.copy()
    found[:1000] += 50
    assert differences(found, expected, ()).max() == pytest.approx(0.5, rel=0.01)
    nearly = expected * (1 + 1e-12)
    nearly[-1] = 1e-10  # beside a typical 100, as good as zero
    assert differences(nearly, expected, ()).max() < 2e-12


def test_quantities_of_zero_must_be_zero():
    assert differences(np.array([[0.0]]), np.array([[0.0]]), ()).max() == 0
    assert differences(np.array([[1e-300]]), np.array([[0.0]]), ()).max() > 0


def test_another_number_of_outputs_is_an_error():
    fitted = fit_table("ridge")
    with pytest.raises(GatehouseError, match=r"shape \(100, 1\), the model with \(100, 2\)"):
        check_parity(np.zeros((100, 2)), EstimatorScorer(fitted.model), fitted.rows)
