import pickle

import pytest
from sklearn.base import clone

from core.models.cleaner import TextCleaner
from core.models.text import CleaningOptions


def test_it_cleans_without_fit_and_survives_clone_and_pickle():
    cleaner = TextCleaner(CleaningOptions(stopwords=("the",)))
    for same in (cleaner, clone(cleaner), pickle.loads(pickle.dumps(cleaner))):
        assert same.transform(["<b>The</b> Cup", ""]) == ["cup", ""]


def test_one_string_is_refused():
    with pytest.raises(TypeError, match="one string"):
        TextCleaner(CleaningOptions()).transform("The Cup")
