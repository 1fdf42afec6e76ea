"""The kind of a column, and how sure that is."""

from typing import Any

import pyarrow as pa
import pytest

from core.data.kinds import Inferred, infer_kind

WORDS = [f"the {n} cat sat on a mat" for n in range(30)]


def infer(*values: object, name: str = "x", decimal: Any = ".") -> Inferred:
    return infer_kind(pa.chunked_array([pa.array(values)]), name, decimal)


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        ((1, 2, 2), "number", "numbers"),
        ((1.5, None, 2.5), "number", "numbers"),
        (("1", "NA", "2.5"), "number", "numbers"),
        (("$1,200", "$5"), "number", "numbers, with $, with thousands separators"),
        ((True, False, None), "category", "true or false"),
        (("True", "false"), "category", "true or false"),
        (("01234", "94110"), "category", "codes with leading zeros"),
        (("2026-01-31", "2026-02-01"), "date", "dates, as ISO 8601"),
        (("31.01.2026", "1.2.2026"), "date", "dates, as DD.MM.YYYY"),
        (("NEAR BAY", "INLAND", "INLAND"), "category", "2 levels in 3 values"),
        (("yes", None), "category", "1 levels in 1 values"),
        (WORDS, "text", "7.0 words each, 100% distinct"),
    ],
)
def test_inputs_without_a_doubt(values: tuple[object, ...], kind: str, reason: str) -> None:
    assert infer(*values) == Inferred(kind, reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "name", "use"),
    [
        (range(1, 13), "x", "identifier"),
        (tuple(str(n) for n in range(12)), "row", "identifier"),
        (tuple(n * n for n in range(12)), "customer_id", "identifier"),
        (tuple(n * n for n in range(12)), "area", "input"),
        (tuple(n / 2 for n in range(12)), "id", "input"),
        (range(9), "x", "input"),
        (tuple(f"u-{n}" for n in range(12)), "x", "identifier"),
        (("a", "a"), "x", "constant"),
        (("a", "a", None), "x", "input"),
        ((3.0, 3.0), "x", "constant"),
        ((True, True), "x", "constant"),
        ((None, None), "x", "empty"),
        (("", "NA"), "x", "empty"),
    ],
)
def test_what_no_model_should_see(values: tuple[object, ...], name: str, use: str) -> None:
    assert infer(*values, name=name).use == use


@pytest.mark.parametrize(
    ("values", "kind", "doubt"),
    [
        (("1,234", "5,678"), "number", "1,234 is read with a thousands separator"),
        (("1,5", "2"), "category", "numbers if the decimal mark is ','"),
        (("01/02/2026", "03/04/2026"), "category", "as DD/MM/YYYY or MM/DD/YYYY"),
        (("1", "2", "x"), "category", "all but 1 values are numbers; not 'x'"),
        (("1.2.2026", "2.2.2026", "x"), "category", "dates as DD.MM.YYYY; not 'x'"),
        ([f"Ms Jane Doe{n}" for n in range(30)], "text", "only 3.0 words each"),
        ([f"Jane Doe{n}" for n in range(30)], "category", "may be a short text"),
        ([f"t{n}" for n in range(30)] * 1 + ["t1"], "category", "most levels occur once"),
    ],
)
def test_doubts_are_told(values: tuple[object, ...], kind: str, doubt: str) -> None:
    found = infer(*values)
    assert found.kind == kind
    assert doubt in found.doubt


def test_a_number_named_like_an_identifier_is_doubted() -> None:
    assert "identifier" in infer(1, 1, 2, 9, name="customer_id").doubt


def test_the_decimal_mark_of_the_source_counts() -> None:
    found = infer("1,5", "1.234,5", decimal=",")
    assert (found.kind, found.doubt) == ("number", "")
