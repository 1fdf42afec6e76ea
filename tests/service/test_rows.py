"""Models of tables behind a whole worker: answers, warnings, log, feedback, changes of columns."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.testclient import TestClient

from adapters.bento import store_model
from core.data.prediction_log import read_predictions
from core.release import Bundle, Release
from core.serving import LogSettings, ServingSettings, Traffic
from service.schemas import (
    QuantitiesPrediction,
    QuantityPrediction,
    RowPrediction,
    RowsPrediction,
)
from tests.channels import write_channel
from tests.service.models.releases import publish
from tests.service.worker import working
from tests.serving import FACTS, Fitted
from tests.tables import CLASS, KINDS, LABELS, NUMBER, FittedTable, fit_table

CLASSES, QUANTITIES = fit_table("logistic_regression"), fit_table("ridge")
MODELS = {CLASS: CLASSES, NUMBER: QUANTITIES}
NAMES = tuple(MODELS)
LOGGED = LogSettings(record="full")
SETTINGS = ServingSettings(max_batch=5, max_characters=400, log=LOGGED)


def store(fitted: FittedTable, name: str, version: str = "1") -> Release:
    return store_model(
        name=name,
        version=version,
        token="a",
        scorer=fitted.model,
        golden=fitted.golden,
        facts=FACTS,
    )


@contextmanager
def serving(*releases: Release, **settings: Any) -> Iterator[TestClient]:
    with working(Bundle(releases=releases, serving=SETTINGS.model_copy(update=settings))) as client:
        yield client


@pytest.fixture(scope="module")
def tables(_own_home: None) -> Iterator[TestClient]:
    """A worker that serves a class and a quantity."""
    with serving(*(store(fitted, name) for name, fitted in MODELS.items())) as client:
        yield client


def asked(client: TestClient, name: str, row: Any, **options: Any) -> Any:
    return client.post(f"/predict/{name}", json={"row": row, **options}).json()


def error_of(response: httpx.Response) -> tuple[str, str]:
    assert response.status_code == 422, response.text
    error = response.json()["error"]
    return error["field"], error["message"]


def test_classes_are_the_estimators(tables: TestClient) -> None:
    for row, expected in zip(CLASSES.rows[:10], CLASSES.outputs, strict=False):
        answer = asked(tables, CLASS, row, top_k=1)
        RowPrediction.model_validate(answer, strict=True)
        np.testing.assert_allclose(list(answer["probabilities"].values()), expected, rtol=1e-12)
        assert list(answer["probabilities"]) == list(LABELS)
        assert answer["label"] == LABELS[int(expected.argmax())]
        assert len(answer["top_predictions"]) == 1


def test_quantities_are_the_estimators_and_have_their_interval(tables: TestClient) -> None:
    interval = QUANTITIES.model.interval
    assert interval is not None
    for row, (expected,) in zip(QUANTITIES.rows[:10], QUANTITIES.outputs, strict=False):
        answer = asked(tables, NUMBER, row)
        QuantityPrediction.model_validate(answer, strict=True)
        assert answer["value"] == pytest.approx(expected, rel=1e-12)
        assert answer["interval"] == {
            "low": answer["value"] - interval.half_width,
            "high": answer["value"] + interval.half_width,
            "coverage": 0.9,
        }
        assert {"label", "probabilities"}.isdisjoint(answer)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_equals_single_answers(tables: TestClient, name: str) -> None:
    rows = [MODELS[name].rows[0], MODELS[name].rows[1] | {"city": "Ulm", "age": None}]
    answer = tables.post(f"/predict/batch/{name}", json={"rows": rows}).json()
    schema = {CLASS: RowsPrediction, NUMBER: QuantitiesPrediction}[name]
    schema.model_validate(answer, strict=True)
    said = "confidence" if name == CLASS else "value"
    for number, (row, item) in enumerate(zip(rows, answer["predictions"], strict=True)):
        single = asked(tables, name, row)
        assert item["request_id"] == f"{answer['request_id']}.{number}"
        assert item[said] == pytest.approx(single[said], rel=1e-12)
        assert item["warnings"] == single["warnings"]
    assert [len(item["warnings"]) for item in answer["predictions"]] == [0, 2]


@pytest.mark.parametrize("name", NAMES)
def test_an_explanation_names_columns_and_adds_up(tables: TestClient, name: str) -> None:
    answer = asked(tables, name, MODELS[name].rows[0], explain=True)
    (member,) = answer["explanation"]["members"]
    parts = {part["term"]: part["contribution"] for part in member["contributions"]}
    assert parts.keys() == KINDS.keys()
    assert member["intercept"] + sum(parts.values()) == pytest.approx(member["score"])
    assert answer["explanation"]["label"] == answer.get("label", NUMBER)
    if name == NUMBER:
        assert member["score"] == pytest.approx(answer["value"])


def test_the_order_of_the_columns_does_not_matter(tables: TestClient) -> None:
    row = CLASSES.rows[0]
    turned = dict(reversed(row.items()))
    first, second = asked(tables, CLASS, row), asked(tables, CLASS, turned)
    assert first["probabilities"] == second["probabilities"]


def test_limits_hold_for_rows(tables: TestClient) -> None:
    row = CLASSES.rows[0]
    long = row | {"note": "x" * 400}
    assert len(json.dumps(long)) > SETTINGS.max_characters, "the limit is each text's"
    assert tables.post(f"/predict/{CLASS}", json={"row": long}).status_code == 200
    longer = row | {"note": "x" * 401}
    field, message = error_of(tables.post(f"/predict/{CLASS}", json={"row": longer}))
    assert field == "row.note"
    assert message == "a text has at most 400 characters (serving.max_characters), not 401"
    field, message = error_of(tables.post(f"/predict/batch/{CLASS}", json={"rows": [row] * 6}))
    assert (field, message) == ("rows", "a batch has at most 5 rows, not 6")
    field, _ = error_of(
        tables.post(f"/predict/batch/{CLASS}", json={"rows": [row, row, row | {"agee": 1}]})
    )
    assert field == "rows.2.agee"


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        (CLASS, {"text": "a"}, "row"),
        (CLASS, {"row": [1]}, "row"),
        (CLASS, {"row": None}, "row"),
        (CLASS, {"row": QUANTITIES.rows[0], "top_k": 0}, "top_k"),
        (NUMBER, {"row": QUANTITIES.rows[0], "top_k": 2}, "top_k"),
    ],
)
def test_what_is_no_request_is_refused(
    tables: TestClient, name: str, body: Any, field: str
) -> None:
    assert error_of(tables.post(f"/predict/{name}", json=body))[0] == field


def test_the_documentation_has_the_columns_of_each_model(tables: TestClient) -> None:
    document = tables.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    for name, fitted in MODELS.items():
        row = schemas[f"{name}.Row"]
        assert list(row["properties"]) == list(KINDS)
        assert row["required"] == [column for column in KINDS if column != "age"]
        assert row["properties"]["age"]["type"] == ["number", "null"]
        assert row["properties"]["city"]["x-gatehouse-levels"] == list(
            fitted.model.features[2].levels
        )
        content = document["paths"][f"/predict/{name}"]["post"]["requestBody"]["content"]
        example = content["application/json"]["example"]
        assert tables.post(f"/predict/{name}", json=example).status_code == 200
        several = document["paths"][f"/predict/batch/{name}"]["post"]["requestBody"]["content"]
        example = several["application/json"]["example"]
        assert tables.post(f"/predict/batch/{name}", json=example).status_code == 200
    assert document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]["$ref"].endswith(f"/{CLASS}.RowRequest")


def test_the_models_say_what_they_take(tables: TestClient) -> None:
    quantity = tables.get(f"/models/{NUMBER}").json()
    assert (quantity["labels"], quantity["target"]) == ([], NUMBER)
    assert quantity["interval"]["coverage"] == 0.9
    assert [column["name"] for column in quantity["features"]] == list(KINDS)
    assert quantity["features"][1]["nullable"] is True
    a_class = tables.get("/model/info").json()
    assert (a_class["labels"], a_class["target"]) == (list(LABELS), CLASS)
    assert a_class["interval"] is None


def test_feedback_on_a_quantity_is_its_true_value(tables: TestClient) -> None:
    answer = asked(tables, NUMBER, QUANTITIES.rows[0])
    told = {"request_id": answer["request_id"]}
    given = tables.post("/feedback", json=told | {"value": answer["value"] - 2}).json()
    assert (given["matched"], given["correct"]) == (True, None)
    assert given["error"] == pytest.approx(2)
    for truth, field in (({"label": "stays"}, "label"), ({}, "value"), ({"value": "3"}, "value")):
        assert error_of(tables.post("/feedback", json=told | truth))[0] == field
    unknown = {"request_id": "long-gone", "model": NUMBER, "value": 3}
    assert tables.post("/feedback", json=unknown).json()["matched"] is False
    answer = asked(tables, CLASS, CLASSES.rows[0])
    told = {"request_id": answer["request_id"]}
    assert tables.post("/feedback", json=told | {"label": answer["label"]}).json()["correct"]
    assert error_of(tables.post("/feedback", json=told | {"value": 1}))[0] == "value"
    metrics = tables.get("/metrics").text
    assert f'gatehouse_feedback_total{{model="{NUMBER}",outcome="measured",version="1"}} 1' in (
        metrics
    )
    assert f'gatehouse_predictions_total{{label="",model="{NUMBER}"' in metrics
    assert f'gatehouse_predicted_value_count{{model="{NUMBER}"' in metrics
    assert f'gatehouse_confidence_count{{model="{NUMBER}"' not in metrics


def test_the_log_has_rows_as_json_and_quantities_as_numbers(
    bentoml_home: Path, tmp_path: Path
) -> None:
    rows = {name: fitted.rows[0] for name, fitted in MODELS.items()}
    with serving(*(store(fitted, name) for name, fitted in MODELS.items())) as client:
        answers = {name: asked(client, name, row) for name, row in rows.items()}
        told = {"request_id": answers[NUMBER]["request_id"], "value": 2.5}
        client.post("/feedback", json=told)
    logged = read_predictions(tmp_path / "log").set_index("model")
    for name, row in rows.items():
        assert json.loads(logged.loc[name, "text"]) == row
        assert logged.loc[name, "characters"] == len(logged.loc[name, "text"])
    assert logged.loc[NUMBER, "value"] == answers[NUMBER]["value"]
    assert logged.loc[CLASS, "label"] == answers[CLASS]["label"]
    assert logged.loc[NUMBER, ["label", "label_id", "confidence"]].isna().all()
    assert np.isnan(logged.loc[CLASS, "value"])


def promote(client: TestClient, made: Release) -> None:
    """Make it the champion, and wait until it answers."""
    write_channel("shop", made, None)
    deadline = time.monotonic() + 20
    while client.get("/model/info").json()["version"] != made.version:
        assert time.monotonic() < deadline, client.get("/model/info").text
        time.sleep(0.02)


def test_a_new_version_may_take_other_columns(bentoml_home: Path, fitted: Fitted) -> None:
    """From texts to rows, from rows to fewer columns: requests are those of who answers."""
    text = publish(fitted, "1", name="shop")
    table, narrow = fit_table("ridge"), fit_table("ridge", without=("note", "age"))
    with serving(text, reload_seconds=0.05) as client:
        assert client.post("/predict", json={"text": "goal"}).status_code == 200
        properties = client.get("/openapi.json").json()["components"]["schemas"]
        assert "PredictRequest" in properties

        promote(client, store(table, "shop", "2"))
        assert error_of(client.post("/predict", json={"text": "goal"}))[0] == "row"
        answer = client.post("/predict", json={"row": table.rows[0]}).json()
        assert answer["model_version"] == "2"
        assert "PredictRequest" not in client.get("/openapi.json").json()["components"]["schemas"]

        promote(client, store(narrow, "shop", "3"))
        assert error_of(client.post("/predict", json={"row": table.rows[0]}))[0] == "row.age"
        answer = client.post("/predict", json={"row": narrow.rows[0]}).json()
        assert answer["value"] == pytest.approx(float(narrow.outputs[0, 0]), rel=1e-12)


def test_a_shadow_of_quantities_is_logged(bentoml_home: Path, tmp_path: Path) -> None:
    shadow = fit_table("ridge", seed=2)
    champion = store(QUANTITIES, NUMBER)
    write_channel(NUMBER, champion, store(shadow, NUMBER, "2"))
    with serving(champion, traffic=Traffic(mode="shadow")) as client:
        answers = [asked(client, NUMBER, row) for row in QUANTITIES.rows[:3]]
        assert client.get("/model/info").json()["challenger"] == "2"
    logged = read_predictions(tmp_path / "log").set_index("request_id")
    expected = shadow.estimator.predict(QUANTITIES.rows[:3])
    for answer, value in zip(answers, expected, strict=True):
        row = logged.loc[answer["request_id"]]
        assert (row["shadow_version"], row["value"]) == ("2", answer["value"])
        assert row["shadow_value"] == pytest.approx(value, rel=1e-12)
        assert np.isnan(row["shadow_label_id"])


def test_a_challenger_with_other_columns_is_refused(bentoml_home: Path) -> None:
    champion, narrow = store(QUANTITIES, NUMBER), fit_table("ridge", without=("note", "age"))
    write_channel(NUMBER, champion, store(narrow, NUMBER, "2"))
    with serving(champion, traffic=Traffic(mode="split", percent=100)) as client:
        info = client.get("/model/info").json()
        assert info["challenger"] is None
        assert "challenger 2 and champion 1 take other columns" in info["refused"]
        assert "age, note" in info["refused"]
        assert asked(client, NUMBER, QUANTITIES.rows[0])["model_version"] == "1"
