"""Words by what is lost without them, of a classifier whose every answer is known."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.evaluation.erasure import erase_words


def cats(texts: Sequence[str]) -> np.ndarray:
    """Sure of ``cat`` where the word stands, else of the other."""
    sure = np.array(["cat" in text.lower().split() for text in texts])
    return np.where(sure[:, None], [0.9, 0.1], [0.2, 0.8])


def test_losses_are_means_over_the_texts_called_so() -> None:
    texts = ["the CAT sat", "a cat and a cat", "the dog", "cats"]
    cat, other = erase_words(cats, texts, ("cat", "other"))
    assert (cat.output, cat.rows, other.output, other.rows) == ("cat", 2, "other", 2)
    assert (cat.weights[0].name, cat.weights[0].value) == ("cat", pytest.approx(0.7))
    assert {weight.value for weight in (*cat.weights[1:], *other.weights)} == {0}
    assert {weight.name for weight in other.weights} == {"the", "dog", "cats"}


def test_nothing_to_erase() -> None:
    assert erase_words(cats, ["", "?!"], ("cat", "other")) == ()


def test_long_texts_end_it_early() -> None:
    asked: list[int] = []

    def counting(texts: Sequence[str]) -> np.ndarray:
        asked.append(len(texts))
        return cats(texts)

    erase_words(counting, [" ".join(f"w{n}" for n in range(150))] * 100, ("cat", "other"))
    assert max(asked) == 101
    assert len(asked) == 40
