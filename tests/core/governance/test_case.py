"""The case of a candidate."""

import pytest
from pydantic import TypeAdapter

from core.config.data import Source
from core.governance.case import describe_source


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({"kind": "embedded", "seed": 7}, "synthetic headlines, seed 7"),
        ({"kind": "file", "path": "a/b.csv"}, "file a/b.csv"),
        (
            {"kind": "hub", "path": "fancyzhx/ag_news", "split": "train+test"},
            "Hugging Face hub: fancyzhx/ag_news, train+test",
        ),
        (
            {"kind": "hub", "path": "x/y", "subset": "s", "revision": "abc"},
            "Hugging Face hub: x/y (s), train at abc",
        ),
    ],
)
def test_where_rows_come_from(source: dict[str, object], text: str) -> None:
    assert describe_source(TypeAdapter(Source).validate_python(source)) == text
