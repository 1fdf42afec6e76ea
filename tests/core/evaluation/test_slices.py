import numpy as np

from core.evaluation.slices import text_length_slices


def test_quarters_of_the_rows_with_readable_names() -> None:
    texts = ["x" * length for length in range(1, 101)]
    slices = text_length_slices(texts)
    assert list(slices) == [
        "1-26 characters",
        "27-51 characters",
        "52-76 characters",
        "77-100 characters",
    ]
    assert (np.sum(list(slices.values()), axis=0) == 1).all()


def test_texts_of_one_length_are_one_slice() -> None:
    slices = text_length_slices(["abc"] * 5)
    assert list(slices) == ["3 characters"]
    assert slices["3 characters"].all()


def test_no_texts_give_no_slices() -> None:
    assert text_length_slices([]) == {}
