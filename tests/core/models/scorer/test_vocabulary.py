import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from core.models.scorer.vocabulary import Vocabulary
from core.models.text import CleaningOptions, compile_cleaner

CLEAN = compile_cleaner(CleaningOptions(lowercase=False, strip_html=False, strip_urls=False))
WORDY = st.text(alphabet=st.sampled_from("abÉßİ_1 \t\n.,\u0301\u2028👍")) | st.text()
TEXTS = st.lists(WORDY.map(CLEAN), min_size=1, max_size=6)
ANALYZERS = ("word", "char", "char_wb")


def counts(vocabulary: Vocabulary, texts: list[str], terms: int) -> np.ndarray:
    rows, columns, found = vocabulary.count(texts)
    matrix = np.zeros((len(texts), terms), dtype=np.int64)
    matrix[rows, columns] = found
    assert np.count_nonzero(matrix) == found.size
    return matrix


@pytest.mark.parametrize("analyzer", ANALYZERS)
@settings(max_examples=60, deadline=None)
@given(
    fitted=TEXTS, texts=TEXTS, shortest=st.integers(1, 4), more=st.integers(0, 4), data=st.data()
)
def test_terms_are_counted_as_scikit_learn_counts_them(
    analyzer, fitted, texts, shortest, more, data
):
    sizes = (shortest, shortest + more)
    peer = CountVectorizer(analyzer=analyzer, ngram_range=sizes, lowercase=False)
    analyze = peer.build_analyzer()
    grams = sorted({gram for text in fitted for gram in analyze(text)})
    assume(grams)
    # A part of the vocabulary, as min_df and max_df leave one: a term without its beginnings.
    terms = sorted(data.draw(st.sets(st.sampled_from(grams), min_size=1)))
    peer.set_params(vocabulary=terms)
    np.testing.assert_array_equal(
        counts(Vocabulary(analyzer, terms), texts, len(terms)), peer.transform(texts).toarray()
    )


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_a_long_text_is_looked_up_in_parts(analyzer):
    text = CLEAN("price of oil, prices of gas. " * 3_000)
    peer = CountVectorizer(analyzer=analyzer, ngram_range=(1, 3), lowercase=False)
    expected = peer.fit_transform([text, "oil", text]).toarray()
    terms = list(peer.get_feature_names_out())
    found = counts(Vocabulary(analyzer, terms), [text, "oil", text], len(terms))
    np.testing.assert_array_equal(found, expected)


def test_order_is_by_text_then_column():
    rows, columns, found = Vocabulary("word", ["aa", "aa bb", "bb"]).count(["bb aa bb aa bb", "bb"])
    assert (rows.tolist(), columns.tolist(), found.tolist()) == (
        [0, 0, 0, 1],
        [0, 1, 2, 2],
        [2, 2, 3, 1],
    )


@pytest.mark.parametrize("terms", [[], ["aa"]])
@pytest.mark.parametrize("texts", [[], ["", ""], ["zz"]])
def test_nothing_is_found_in_nothing(terms, texts):
    rows, columns, found = Vocabulary("word", terms).count(texts)
    assert rows.size == columns.size == found.size == 0
