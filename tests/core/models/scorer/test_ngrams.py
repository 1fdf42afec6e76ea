from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from core.models.scorer.ngrams import ngram_function

WORDY = st.text(alphabet=st.sampled_from("abÉßİ_1 \t\n.,\u0301\u2028👍")) | st.text()


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
@settings(deadline=None)
@given(text=WORDY, shortest=st.integers(1, 4), more=st.integers(0, 4))
def test_ngrams_are_counted_as_scikit_learn_counts_them(analyzer, text, shortest, more):
    sizes = (shortest, shortest + more)
    peer = CountVectorizer(analyzer=analyzer, ngram_range=sizes, lowercase=False).build_analyzer()
    assert Counter(ngram_function(analyzer, sizes)(text)) == Counter(peer(text))
