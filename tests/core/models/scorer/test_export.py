import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction import text
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from core.errors import UnsupportedModelError
from core.models.cleaner import TextCleaner
from core.models.scorer.export import export_model, export_scorer, vocabulary
from core.models.scorer.spec import PickledModel, ScorerSpec
from core.models.text import CleaningOptions
from core.models.vectorizers import CountVectorizer, TfidfVectorizer

CLEAN = TextCleaner(CleaningOptions())
TFIDF = TfidfVectorizer(lowercase=False)
MODEL = LogisticRegression()
SVM = LinearSVC()


def tfidf(**settings):
    return [CLEAN, TfidfVectorizer(**{"lowercase": False, **settings}), MODEL]


def vote(*members, voting="soft"):
    named = [(f"m{number}", member) for number, member in enumerate(members)]
    return VotingClassifier(named, voting=voting)


def pipeline(*stages):
    return Pipeline([(f"s{number}", stage) for number, stage in enumerate(stages)])


UNKNOWN = {
    "no cleaner": [TFIDF, MODEL],
    "lowercase": tfidf(lowercase=True),
    "binary": tfidf(binary=True),
    "no norm": tfidf(norm=None),
    "l1": tfidf(norm="l1"),
    "no idf": tfidf(use_idf=False),
    "accents": tfidf(strip_accents="unicode"),
    "stop words": tfidf(stop_words=["xx"]),
    "token pattern": tfidf(token_pattern=r"\w+"),
    "tokenizer": tfidf(tokenizer=str.split, token_pattern=None),
    "preprocessor": tfidf(preprocessor=str.strip),
    "analyzer": tfidf(analyzer=str.split),
    "sklearn's own vectorizer": [CLEAN, text.TfidfVectorizer(lowercase=False), MODEL],
    "hashing": [CLEAN, text.HashingVectorizer(lowercase=False, n_features=64), MODEL],
    "third stage": [CLEAN, CountVectorizer(lowercase=False), text.TfidfTransformer(), MODEL],
    "union weights": [CLEAN, FeatureUnion([("a", TFIDF)], transformer_weights={"a": 2.0}), MODEL],
    "sgd": [CLEAN, TFIDF, SGDClassifier(loss="log_loss")],
    "ridge": [CLEAN, TFIDF, RidgeClassifier()],
    "bernoulli": [CLEAN, TFIDF, BernoulliNB()],
    "forest": [CLEAN, TFIDF, RandomForestClassifier(n_estimators=2)],
    "forest in a vote": [
        CLEAN,
        vote(pipeline(TFIDF, MODEL), pipeline(TFIDF, RandomForestClassifier(n_estimators=2))),
    ],
    "isotonic": [CLEAN, TFIDF, CalibratedClassifierCV(SVM, method="isotonic", ensemble=False)],
    "ensemble": [CLEAN, TFIDF, CalibratedClassifierCV(SVM, ensemble=True)],
    "other calibrated": [CLEAN, TFIDF, CalibratedClassifierCV(SGDClassifier(), ensemble=False)],
    "hard vote": [CLEAN, vote(pipeline(TFIDF, MODEL), pipeline(TFIDF, MODEL), voting="hard")],
    "dropped": [CLEAN, vote(pipeline(TFIDF, MODEL), "drop")],
    "vote after a vectorizer": [CLEAN, TFIDF, vote(MODEL, MODEL)],
}


@pytest.mark.filterwarnings("ignore:.*token_pattern.*")
@pytest.mark.parametrize("stages", UNKNOWN.values(), ids=UNKNOWN)
def test_what_it_does_not_know_is_refused(corpus, labels, stages):
    estimator = clone(pipeline(*stages)).fit(*corpus(4))
    with pytest.raises(UnsupportedModelError) as caught:
        export_scorer(estimator, labels)
    assert "\n" not in str(caught.value)


EXPORTS = pytest.mark.parametrize("export", [export_scorer, export_model])


@EXPORTS
def test_labels_must_fit_the_classes(fitted, labels, export):
    with pytest.raises(UnsupportedModelError, match="2 labels"):
        export(fitted({"model": "multinomial_nb"}), labels[:2])


@EXPORTS
def test_the_classes_must_be_ids(corpus, labels, export):
    texts, y = corpus(4)
    estimator = clone(pipeline(*tfidf())).fit(texts, np.array(labels)[y])
    with pytest.raises(UnsupportedModelError, match="not the ids"):
        export(estimator, labels)


@EXPORTS
def test_only_a_pipeline_is_taken(labels, export):
    with pytest.raises(UnsupportedModelError, match="not a Pipeline"):
        export(LogisticRegression(), labels)


FOREST = {"model": "random_forest", "params": {"n_estimators": 3}}
SVM_VOTE = {"model": "soft_vote", "members": [{"model": "linear_svm"}, {"model": "complement_nb"}]}
FOREST_VOTE = {"model": "soft_vote", "members": [{"model": "linear_svm"}, FOREST]}


@pytest.mark.parametrize(
    ("candidate", "kind"),
    [
        ({"model": "linear_svm"}, ScorerSpec),
        (SVM_VOTE, ScorerSpec),
        (FOREST, PickledModel),
        (FOREST_VOTE, PickledModel),
    ],
)
def test_plain_numbers_are_preferred(fitted, labels, candidate, kind):
    model = export_model(fitted(candidate, {"strip_numbers": True}), labels)
    assert type(model) is kind
    assert (model.labels, model.cleaning.strip_numbers) == (labels, True)


@pytest.mark.parametrize("ensemble", ["soft_vote", "stacking"])
def test_the_vocabulary_is_of_all_members_and_vectorizers(fitted, ensemble):
    words, chars = {"max_features": 5}, {"analyzer": "char", "ngram_range": [2, 2]}
    members = [{"model": "complement_nb", "vectorizer": [words, chars]}, FOREST]
    terms = vocabulary(fitted({"model": ensemble, "members": members}))
    assert terms == sorted(set(terms))
    expected = [
        {"model": "complement_nb", "vectorizer": words},
        {"model": "complement_nb", "vectorizer": chars},
        FOREST,
    ]
    assert set(terms) == {term for candidate in expected for term in vocabulary(fitted(candidate))}
    assert len(vocabulary(fitted(expected[0]))) == 5


def test_arrays_are_copies_in_rows_of_terms(fitted, labels):
    estimator = fitted({"model": "linear_svm"})
    member = export_scorer(estimator, labels).members[0]
    assert member.head.coefficients.flags.c_contiguous
    assert member.head.coefficients.shape == (len(member.vectorizers[0].terms), 4)
    assert not np.shares_memory(member.vectorizers[0].idf, estimator["vectorizer"].idf_)
