import pytest
from hypothesis import given, settings, strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from core.models.scorer.ngrams import term_units, text_units

ASCII = st.text(alphabet=st.characters(max_codepoint=127), max_size=60)


@settings(deadline=None)
@given(text=ASCII | st.text())
def test_words_are_scikit_learns_tokens(text):
    assert text_units("word")(text) == CountVectorizer().build_tokenizer()(text)


@pytest.mark.parametrize(
    ("analyzer", "units"),
    [("word", ["to", "the", "moon"]), ("char", "to the moon"), ("char_wb", " to  the  moon ")],
)
def test_units_of_a_text(analyzer, units):
    assert text_units(analyzer)("to the moon") == units


@pytest.mark.parametrize(
    ("analyzer", "units"),
    [("word", ["the", "moon"]), ("char", "the moon"), ("char_wb", "the moon")],
)
def test_units_of_a_term(analyzer, units):
    assert term_units(analyzer)("the moon") == units
