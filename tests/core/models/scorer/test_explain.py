"""Explanations against scikit-learn's own scores of the same features."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.naive_bayes import MultinomialNB

from core.models.parity import probe_texts
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_scorer
from core.models.scorer.heads import head_probabilities

RAW = {"lowercase": False, "strip_html": False, "strip_urls": False}
UNION = [{"ngram_range": [1, 2]}, {"analyzer": "char_wb", "ngram_range": [1, 3], "kind": "count"}]
CANDIDATES = {
    "lr": {"model": "logistic_regression", "vectorizer": {"ngram_range": [1, 2]}},
    "svm": {"model": "linear_svm", "vectorizer": {"sublinear_tf": True}},
    "svm_union": {"model": "linear_svm", "vectorizer": UNION},
    "multinomial_nb": {"model": "multinomial_nb", "vectorizer": {"kind": "count"}},
    "complement_nb": {"model": "complement_nb", "vectorizer": {"analyzer": "char"}},
}
WEIGHTS = (2.0, 0.5, 0.0, 1.0, 1.5)
VOTE = {
    "model": "soft_vote",
    "members": [
        {**member, "weight": weight}
        for member, weight in zip(CANDIDATES.values(), WEIGHTS, strict=True)
    ],
}
close = partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-12)


def class_scores(classifier, features):
    """Coefficients, intercepts and scores by class, for one row of features."""
    if isinstance(classifier, CalibratedClassifierCV):
        classifier = classifier.calibrated_classifiers_[0].estimator
    if not hasattr(classifier, "decision_function"):
        has_prior = isinstance(classifier, MultinomialNB)
        prior = classifier.class_log_prior_ * has_prior
        scores = classifier.predict_joint_log_proba(features)[0]
        parts = classifier.feature_log_prob_, prior, scores
        return tuple(part - np.mean(part, axis=0) for part in parts)
    parts = classifier.coef_, np.ravel(classifier.intercept_)
    scores = np.ravel(classifier.decision_function(features))
    if scores.size > 1:
        return *parts, scores
    return tuple(np.concatenate([-part, part]) for part in (*parts, scores))


def assert_explained(explanation, member, label_id, cleaned):
    vectorizer, classifier = (stage for _, stage in member.steps)
    features = vectorizer.transform([cleaned])
    coefficients, intercepts, scores = class_scores(classifier, features)
    names = [name.split("__", 1)[-1] for name in vectorizer.get_feature_names_out()]
    row = features.toarray()[0]
    expected = sorted(
        (names[column], coefficients[label_id, column] * row[column])
        for column in np.flatnonzero(row)
    )
    found = sorted(explanation.contributions)
    assert [name for name, _ in found] == [name for name, _ in expected]
    close([added for _, added in found], [added for _, added in expected])
    close(explanation.intercept, intercepts[label_id])
    close(explanation.score, scores[label_id])
    close(explanation.intercept + sum(added for _, added in found), explanation.score)
    sizes = [abs(added) for _, added in explanation.contributions]
    assert sizes == sorted(sizes, reverse=True)


def assert_all_explained(estimator, labels, text):
    scorer = ExactScorer(export_scorer(estimator, labels))
    (_, cleaner), *stages = estimator.steps
    members = stages[0][1].estimators_ if len(stages) == 1 else [estimator[1:]]
    (cleaned,) = cleaner.transform([text])
    for label_id in range(len(labels)):
        explanations = scorer.explain(text, label_id)
        close(sum(explanation.weight for explanation in explanations), 1.0)
        for explanation, member in zip(explanations, members, strict=True):
            assert_explained(explanation, member, label_id, cleaned)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("candidate", CANDIDATES.values(), ids=CANDIDATES)
def test_contributions_are_scikit_learns(fitted, corpus, labels, candidate, classes):
    estimator = fitted(candidate, classes=classes)
    for text in probe_texts(corpus(classes)[0], 3, seed=4):
        assert_all_explained(estimator, labels[:classes], text)


@pytest.mark.parametrize("classes", [2, 4])
@settings(max_examples=15, deadline=None)
@given(text=st.text())
def test_a_vote_explains_each_member(fitted, labels, classes, text):
    assert_all_explained(fitted(VOTE, RAW, classes), labels[:classes], f"{text} coach goals coach")


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("candidate", [*CANDIDATES.values(), VOTE], ids=[*CANDIDATES, "vote"])
def test_the_scores_are_those_that_become_the_answer(fitted, corpus, labels, candidate, classes):
    spec = export_scorer(fitted(candidate, classes=classes), labels[:classes])
    scorer = ExactScorer(spec)
    for text in [*corpus(classes)[0][:5], ""]:
        by_label = [scorer.explain(text, label_id) for label_id in range(classes)]
        votes = []
        for number, member in enumerate(spec.members):
            scores = [explanations[number].score for explanations in by_label]
            outputs = np.array([scores[-member.head.intercepts.size :]])
            votes.append(head_probabilities(outputs, member.head)[0])
        weights = [explanation.weight for explanation in by_label[0]]
        answer = np.average(votes, axis=0, weights=weights)
        # Those of naive Bayes are large numbers less their mean.
        close(answer, scorer.outputs_one(text))


def test_an_empty_text_has_the_intercept_alone(fitted, labels):
    (explanation,) = ExactScorer(export_scorer(fitted(CANDIDATES["lr"]), labels)).explain("", 2)
    assert explanation.contributions == ()
    assert explanation.score == explanation.intercept
    assert explanation.weight == 1.0


@pytest.mark.parametrize("label_id", [-1, 4])
def test_an_unknown_label_is_refused(fitted, labels, label_id):
    scorer = ExactScorer(export_scorer(fitted(CANDIDATES["lr"]), labels))
    with pytest.raises(ValueError, match=f"label_id {label_id} is not one of 0 to 3"):
        scorer.explain("shares", label_id)
