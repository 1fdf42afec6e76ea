"""What a served table model answers to every kind of row: docs/serving.md says the same."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from adapters.bento import build_bento
from core.release import Bundle
from tests.service.servers import Server, launch
from tests.service.test_rows import CLASSES, MODELS, NAMES, QUANTITIES, store
from tests.serving import own_bentoml_home
from tests.tables import CLASS, NUMBER

pytestmark = pytest.mark.served
ROW = CLASSES.rows[0]
MISSING = "needs a value; training had no gaps"
ANSWERED = {
    "as in training": ({}, []),
    "an unseen category": (
        {"city": "東京"},
        ["city '東京' is a level that training did not have or hardly had"],
    ),
    "a number as category": ({"city": 3}, ["city '3' is a level that training did not have or "
                                           "hardly had"]),
    "null where training had gaps": ({"age": None}, ["age is missing"]),
    "an integer": ({"age": 30}, []),
    "beyond the training range": (
        {"größe": 1e300},
        ["größe 1e+300 is outside the training range 142.9..201"],
    ),
    "a date with time and zone": ({"seen": "2026-03-01T10:00:00+02:00"}, []),
    "unknown words": ({"note": "zzqx \x00 👍🏽"}, []),
}  # fmt: skip
REFUSED = {
    "null": ({"größe": None}, "größe", MISSING),
    "an empty text": ({"note": " "}, "note", MISSING),
    "an empty category": ({"city": ""}, "city", MISSING),
    "an extra column": ({"agee": 1}, "agee", "no column 'agee'; did you mean 'age'?"),
    "a text as number": ({"age": "30"}, "age", "takes a number, not '30'"),
    "a flag as number": ({"age": True}, "age", "takes a number, not True"),
    "a list": ({"city": ["Rome"]}, "city", "takes a text or a number, not ['Rome']"),
    "an object": ({"note": {"a": 1}}, "note", "takes a text, not {'a': 1}"),
    "no date": ({"seen": "15.03.2026"}, "seen", "takes a date such as 2026-01-31"),
    "a number as date": ({"seen": 20260315}, "seen", "takes a date such as 2026-01-31"),
    "a number as text": ({"note": 3}, "note", "takes a text, not 3"),
    "a huge integer": ({"age": 10**400}, "age", "takes a finite number"),
}
LITERALS = {
    "NaN": (b"NaN", "row.age"),
    "Infinity": (b"-Infinity", "row.age"),
    "too large for a float": (b"1e400", "row.age"),
    "thousands of digits": (b"9" * 5000, None),
    "a lone surrogate": (b'"\\ud800"', None),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Of one Bento with a model of classes and a model of quantities."""
    folder = tmp_path_factory.mktemp("rows")
    with own_bentoml_home(folder / "home"):
        releases = tuple(store(fitted, name) for name, fitted in MODELS.items())
        tag = build_bento(Bundle(releases=releases), "tables")
        server = launch(tag, folder / "server")
        try:
            server.wait_until(lambda: _is_ready(server), 60)
            yield server
        finally:
            server.kill()


def _is_ready(server: Server) -> bool:
    assert server.process.poll() is None, server.output
    try:
        return bool(server.get("/health").get("status") == "ok")
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def test_every_answer_is_the_estimators(client: httpx.Client) -> None:
    classes = client.post(f"/predict/batch/{CLASS}", json={"rows": CLASSES.rows}).json()
    found = [list(item["probabilities"].values()) for item in classes["predictions"]]
    np.testing.assert_allclose(found, CLASSES.outputs, rtol=1e-12, atol=1e-15)
    values = client.post(f"/predict/batch/{NUMBER}", json={"rows": QUANTITIES.rows}).json()
    found = [[item["value"]] for item in values["predictions"]]
    np.testing.assert_allclose(found, QUANTITIES.outputs, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("change", "warnings"), ANSWERED.values(), ids=ANSWERED)
def test_rows_that_are_answered(
    client: httpx.Client, name: str, change: dict[str, Any], warnings: list[str]
) -> None:
    response = client.post(f"/predict/{name}", json={"row": ROW | change})
    assert response.status_code == 200, response.text
    assert response.json()["warnings"] == warnings
    batch = client.post(f"/predict/batch/{name}", json={"rows": [ROW, ROW | change]}).json()
    assert [item["warnings"] for item in batch["predictions"]] == [[], warnings]


def test_a_column_left_out_is_as_null(client: httpx.Client) -> None:
    for name in NAMES:
        without = {column: value for column, value in ROW.items() if column != "age"}
        left, null = (
            client.post(f"/predict/{name}", json={"row": row}).json()
            for row in (without, ROW | {"age": None})
        )
        assert left["warnings"] == null["warnings"] == ["age is missing"]
        assert left.get("value", left.get("confidence")) == null.get(
            "value", null.get("confidence")
        )
        needed = {column: value for column, value in ROW.items() if column != "seen"}
        error = refused(client.post(f"/predict/{name}", json={"row": needed}))
        assert error == ("row.seen", f"column 'seen' {MISSING}")


def refused(response: httpx.Response) -> tuple[str | None, str]:
    assert response.status_code == 422, response.text
    error = response.json()["error"]
    assert error["code"] == "invalid_request"
    assert "\n" not in error["message"]
    assert len(error["message"]) < 300
    return error["field"], error["message"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("change", "column", "problem"), REFUSED.values(), ids=REFUSED)
def test_rows_that_are_refused(
    client: httpx.Client, name: str, change: dict[str, Any], column: str, problem: str
) -> None:
    field, message = refused(client.post(f"/predict/{name}", json={"row": ROW | change}))
    assert field == f"row.{column}"
    assert problem in message
    rows = {"rows": [ROW, ROW | change]}
    assert refused(client.post(f"/predict/batch/{name}", json=rows))[0] == f"rows.1.{column}"


@pytest.mark.parametrize(("literal", "field"), LITERALS.values(), ids=LITERALS)
def test_what_json_can_say_and_no_row_may(
    client: httpx.Client, literal: bytes, field: str | None
) -> None:
    body = json.dumps({"row": ROW | {"age": "HERE"}}).encode().replace(b'"HERE"', literal)
    headers = {"content-type": "application/json"}
    response = client.post(f"/predict/{NUMBER}", content=body, headers=headers)
    assert refused(response)[0] == field


def test_a_huge_row_is_refused_and_a_huger_one_not_read(client: httpx.Client) -> None:
    row = ROW | {"note": "x" * 200_000}
    field, message = refused(client.post(f"/predict/{NUMBER}", json={"row": row}))
    assert (field, message[:37]) == ("row.note", "a text has at most 100000 characters ")
    error = refused(client.post(f"/predict/{NUMBER}", json={"row": ROW | {"x" * 10**6: 1}}))
    assert error[1].startswith("the model has no column 'xxx")
    huger = ROW | {"note": "x" * 9_000_000}
    assert client.post(f"/predict/{NUMBER}", json={"row": huger}).status_code == 413
    assert client.post(f"/predict/{NUMBER}", json={"row": ROW}).status_code == 200
