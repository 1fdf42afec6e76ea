import numpy as np
import pytest

from core.models.scorer.export import export_scorer
from core.models.scorer.spec import HeadSpec, MemberSpec, ScorerSpec, VectorizerSpec
from core.models.terms import term_weights, top_terms
from core.models.text import CleaningOptions

ENDINGS = {"World": "treaty", "Sports": "striker", "Business": "merger", "Sci/Tech": "browser"}
MODELS = [
    {"model": "logistic_regression"},
    {"model": "linear_svm"},
    {"model": "multinomial_nb"},
    {"model": "complement_nb", "vectorizer": {"kind": "count"}},
]


@pytest.mark.parametrize(
    "candidate", [*MODELS, {"model": "soft_vote", "members": MODELS}], ids=lambda c: c["model"]
)
@pytest.mark.parametrize("classes", [2, 4])
def test_a_topics_own_words_lead(fitted, labels, candidate, classes):
    spec = export_scorer(fitted(candidate, classes=classes), labels[:classes])
    terms = top_terms(spec, count=8)
    assert list(terms) == list(labels[:classes])
    for label, ranked in terms.items():
        weights = [weight for _, weight in ranked]
        assert ENDINGS[label] in dict(ranked)
        assert weights == sorted(weights, reverse=True)
        assert min(weights) > 0


def member(weight, coefficients, terms=("aa", "bb"), analyzer="word"):
    head = HeadSpec("softmax", np.array(coefficients), np.zeros(3))
    return MemberSpec(
        (VectorizerSpec(analyzer, (1, 1), terms, np.array([1.0, 2.0])),), head, weight
    )


def test_weights_are_contrasts_times_idf():
    weights = term_weights(member(1.0, [[3.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))
    np.testing.assert_allclose(weights, [[2.0, -1.0, -1.0], [0.0, 0.0, 0.0]])


def test_the_scale_of_a_votes_member_does_not_matter():
    first, second = [[3.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]
    big = (np.array(second) * 1000).tolist()
    for other in (second, big):
        members = (member(3.0, first), member(1.0, other))
        spec = ScorerSpec(("x", "y", "z"), CleaningOptions(), members)
        assert top_terms(spec)["x"][0][0] == "aa"


def test_equal_strings_of_words_and_characters_stay_apart():
    coefficients = [[3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    members = (member(1.0, coefficients), member(1.0, coefficients, analyzer="char"))
    terms = top_terms(ScorerSpec(("x", "y", "z"), CleaningOptions(), members))
    assert [term for term, _ in terms["x"]] == ["aa", "aa"]
