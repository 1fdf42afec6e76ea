import sys

import pytest
from hypothesis import given, strategies as st

from core.errors import GatehouseError
from core.models.text import CleaningOptions, clean_text, compile_cleaner

NOTHING = {"lowercase": False, "strip_html": False, "strip_urls": False}
EVERYTHING = CleaningOptions(
    strip_punctuation=True, strip_numbers=True, stopwords=("the", "of"), lemmatize=False
)


@pytest.mark.parametrize(
    ("options", "text", "cleaned"),
    [
        ({}, "  Two\t\n Spaces\u2028", "Two Spaces"),
        ({}, "a \ud800 b", "a \ufffd b"),
        ({"lowercase": True}, "İ STRASSE ß", "i̇ strasse ß"),
        ({"strip_html": True}, "<p class='x'>AT&amp;T</p> 1 < 2", "AT&T 1 < 2"),
        ({"strip_html": True}, "&lt;b&gt;up&lt;/b&gt; &#39;x&#39; &#x41;", "up 'x' A"),
        ({"strip_html": True}, "&amp;lt; &nosuch; &", "&lt; &nosuch; &"),
        ({"strip_html": True}, "&#xD800;", "\ufffd"),
        ({"strip_urls": True}, "see HTTPS://a.b/c?d=e#f, WWW.x.y now", "see now"),
        ({"strip_urls": True}, "awww. http is fine", "awww. http is fine"),
        ({"strip_html": True, "strip_urls": True}, "<a href='http://x.y'>home</a>", "home"),
        ({"strip_numbers": True}, "b2b in 2,004 ٣", "b b in ,"),
        (
            {"strip_punctuation": True},
            "well-known_thing: e\u0301 5€ 👍!",
            "well known thing e\u0301 5",
        ),
        ({"stopwords": ("the", "of")}, "The end, of thee", "end, thee"),
        ({"lowercase": True, "lemmatize": True}, "Two mice ran, 3 times", "two mouse run, 3 time"),
    ],
)
def test_each_option_does_what_it_says(options, text, cleaned):
    if options.get("lemmatize"):
        pytest.importorskip("simplemma")
    assert clean_text(text, CleaningOptions(**NOTHING | options)) == cleaned


def test_options_off_leave_the_text_alone():
    text = "<b>The</b> 3 mice, http://x.y &amp;"
    assert clean_text(text, CleaningOptions(**NOTHING)) == text


@given(st.text(alphabet=st.characters()))
def test_any_text_is_cleaned_to_encodable_text_without_double_spaces(text):
    cleaned = clean_text(text, EVERYTHING)
    cleaned.encode()
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a",
        "&",
        "&#9",
        "&lt;",
        "http",
        "http://",
        "www.",
        "1",
        "_",
        " ",
        "\x00",
        "é",
        "\ud800",
    ],
)
def test_a_megabyte_of_anything_ends(unit):
    """Quadratic time would be hours here, and the suite's time limit ends it."""
    text = unit * (1_000_000 // len(unit))
    assert len(clean_text(text, EVERYTHING)) <= len(text)


def test_an_entity_with_too_many_digits_for_int_is_left():
    text = f"&#{'9' * 5000};"
    assert clean_text(text, CleaningOptions()) == text


def test_options_survive_a_round_trip_through_a_dict():
    assert CleaningOptions.from_dict(EVERYTHING.to_dict()) == EVERYTHING


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="stem"):
        CleaningOptions.from_dict({"stem": True})


def test_missing_simplemma_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "simplemma", None)
    compile_cleaner.cache_clear()
    with pytest.raises(GatehouseError, match="make setup EXTRAS=lemmas"):
        clean_text("mice", CleaningOptions(lemmatize=True))
