"""A model's name: given, or made of the file's."""

import pytest

from core.errors import ConfigError
from core.profile.naming import model_name


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("data/Churn Modelling (2).csv", "churn_modelling_2"),
        ("bad.csv", "data_bad"),
        ("2024-sales.xlsx", "data_2024_sales"),
        ("hub:fancyzhx/ag_news", "ag_news"),
        ("Übersicht.csv", "bersicht"),
        ("数据.csv", "data"),
        ("x" * 100 + ".csv", "x" * 63),
        ("_a_.csv", "data_a"),
    ],
)
def test_of_a_file(data: str, name: str) -> None:
    assert model_name(None, data) == name


def test_as_given() -> None:
    assert model_name("mine", "file.csv") == "mine"


@pytest.mark.parametrize("name", ["", "Mine", "9lives", "a-b", "a_", "x" * 64, "a/b", "regression"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="--name"):
        model_name(name, "file.csv")
