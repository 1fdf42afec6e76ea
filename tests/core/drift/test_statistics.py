import pytest

from core.drift.statistics import text_statistics


def _one(text: str | None) -> dict[str, float]:
    return text_statistics([text]).iloc[0].to_dict()


def test_by_hand() -> None:
    row = _one("Oil at $55. Up 3 cents!")
    assert row == pytest.approx(
        {
            "characters": 23,
            "words": 6,
            "mean_word_length": 3.0,
            "sentences": 2,
            "uppercase_ratio": 2 / 23,
            "digit_ratio": 3 / 23,
        }
    )


@pytest.mark.parametrize("text", [None, "", "  \n", float("nan")])
def test_empty_and_missing_texts_are_zeros(text: str | None) -> None:
    assert set(_one(text).values()) == {0.0}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [("no end", 1), ("One. Two.", 2), ("Wait... what?!", 2), ("3.5 percent", 1), ("a. b", 2)],
)
def test_sentences(text: str, sentences: int) -> None:
    assert _one(text)["sentences"] == sentences


def test_letters_and_digits_of_any_script_count() -> None:
    row = _one("ÄÖ Ж ٣")
    assert row["uppercase_ratio"] == 0.5
    assert row["digit_ratio"] == pytest.approx(1 / 6)


def test_a_long_run_of_dots_ends() -> None:
    assert _one("." * 1_000_000 + "x")["sentences"] == 1


def test_no_texts_give_an_empty_table_of_numbers() -> None:
    table = text_statistics([])
    assert table.shape == (0, 6)
    assert set(map(str, table.dtypes)) == {"float64"}
