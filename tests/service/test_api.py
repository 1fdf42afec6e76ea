"""A worker's answers, and its refusals, over a real exported model."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from core.release import Bundle, Release
from service.schemas import BatchPrediction, ErrorBody, ModelInfo, Prediction
from tests.service.models.releases import publish
from tests.service.worker import working
from tests.serving import LABELS, SETTINGS, Fitted

JSON = {"content-type": "application/json"}
MEBIBYTE = 2**20


def error_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    error = ErrorBody.model_validate_json(response.text).error.model_dump()
    assert error["request_id"] == response.headers["x-request-id"]
    return error


def test_a_prediction_equals_the_estimators(client: TestClient, fitted: Fitted) -> None:
    expected = fitted.estimator.predict_proba(fitted.texts)
    for text, row in zip(fitted.texts, expected, strict=True):
        answer = client.post("/predict", json={"text": text, "top_k": 3}).json()
        Prediction.model_validate(answer, strict=True)
        order = np.argsort(-row, kind="stable")
        top = answer["top_predictions"]
        assert [score["label_id"] for score in top] == order.tolist()
        assert [score["label"] for score in top] == [LABELS[i] for i in order]
        np.testing.assert_allclose([s["confidence"] for s in top], row[order], rtol=0, atol=1e-9)
        np.testing.assert_allclose(list(answer["probabilities"].values()), row, rtol=0, atol=1e-9)
        assert list(answer["probabilities"]) == list(LABELS)
        assert {key: answer[key] for key in top[0]} == top[0]
        assert (answer["model"], answer["model_version"]) == ("news", "3")


def test_a_batch_equals_single_predictions(client: TestClient, fitted: Fitted) -> None:
    texts = fitted.texts[:5]
    answer = client.post("/predict/batch", json={"texts": texts, "top_k": 2}).json()
    BatchPrediction.model_validate(answer, strict=True)
    assert answer["count"] == 5
    singles = [client.post("/predict", json={"text": t, "top_k": 2}).json() for t in texts]
    for number, (got, want) in enumerate(zip(answer["predictions"], singles, strict=True)):
        assert got["request_id"] == f"{answer['request_id']}.{number}"
        assert got["confidence"] == pytest.approx(want["confidence"], abs=1e-12)
        assert [s["label"] for s in got["top_predictions"]] == [
            s["label"] for s in want["top_predictions"]
        ]


def test_an_explanation_adds_up(client: TestClient, fitted: Fitted) -> None:
    body = {"text": fitted.texts[0], "explain": True}
    answer = client.post("/predict", json=body).json()
    (member,) = answer["explanation"]["members"]
    assert answer["explanation"]["label"] == answer["label"]
    total = member["intercept"] + sum(c["contribution"] for c in member["contributions"])
    assert total == pytest.approx(member["score"], abs=1e-9)
    assert client.post("/predict", json={"text": "goal"}).json()["explanation"] is None


@pytest.mark.parametrize(("top_k", "named"), [(1, 1), (2, 2), (3, 3), (4, 3), (10**30, 3)])
def test_top_k_above_the_classes_gives_all(client: TestClient, top_k: int, named: int) -> None:
    answer = client.post("/predict", json={"text": "goal", "top_k": top_k}).json()
    assert len(answer["top_predictions"]) == named


@pytest.mark.parametrize("text", [" ", "\t\r\n\f\v", "🏆", "e\u0301" * 200, "<b>&#0;</b>", "\x85"])
def test_odd_but_valid_text_is_answered(client: TestClient, text: str) -> None:
    answer = client.post("/predict", json={"text": text}).json()
    assert sum(answer["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"text": ["goal"]}, "text"),
        ({"text": "x" * 401}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "\x1b[31m"}, "text"),
        ({"text": "a\x7f"}, "text"),
        ({"text": "\x9b31m"}, "text"),
        ({"text": "goal", "top_k": 0}, "top_k"),
        ({"text": "goal", "top_k": -1}, "top_k"),
        ({"text": "goal", "top_k": "3"}, "top_k"),
        ({"text": "goal", "top_k": 3.0}, "top_k"),
        ({"text": "goal", "top_k": True}, "top_k"),
        ({"text": "goal", "top_k": None}, "top_k"),
        ({"text": "goal", "explain": 1}, "explain"),
        ({"text": "goal", "topk": 3}, "topk"),
        ([{"text": "goal"}], None),
        ("goal", None),
        (None, None),
    ],
)
def test_an_invalid_request_names_its_field(client: TestClient, body: Any, field: str) -> None:
    response = client.post("/predict", content=json.dumps(body).encode(), headers=JSON)
    error = error_of(response, 422)
    assert (error["code"], error["field"]) == ("invalid_request", field)
    assert error["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"texts": []}, "texts"),
        ({"texts": "goal"}, "texts"),
        ({"texts": ["goal"] * 6}, "texts"),
        ({"texts": ["goal", ""]}, "texts.1"),
        ({"texts": ["goal", "\x00"]}, "texts.1"),
        ({"texts": ["goal", "league", 3]}, "texts.2"),
        ({"texts": ["goal", "x" * 401]}, "texts.1"),
        ({"texts": ["goal"], "top_k": 0}, "top_k"),
        ({"text": "goal"}, "texts"),
    ],
)
def test_an_invalid_batch_names_its_field(client: TestClient, body: Any, field: str) -> None:
    assert error_of(client.post("/predict/batch", json=body), 422)["field"] == field


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"not json",
        b'{"text": "a\x01b"}',
        b'{"text": "\\ud800"}',
        b'{"text": "goal", "\\ud800": 1}',
        b'{"text": "\xff\xfe"}',
        b'{"text": NaN}',
        b'{"text": "goal", "top_k": NaN}',
        b'{"text": "goal", "top_k": Infinity}',
        b'{"text": "goal", "top_k": 1e999}',
        b'{"text": "goal", "top_k": ' + b"9" * 10_000 + b"}",
        b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text": "goal", "x": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
        b'{"text": "goal", "' + b"k" * 100_000 + b'": 1}',
        b'{"text": "goal"' + b"".join(b', "k%d": 1' % n for n in range(50_000)) + b"}",
        b'{"texts": [' + b"1," * 2_000_000 + b"1]}",
    ],
    ids=lambda content: content[:30].decode("latin-1"),
)
@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/feedback"])
def test_no_body_makes_the_service_fail(client: TestClient, path: str, content: bytes) -> None:
    response = client.post(path, content=content, headers=JSON)
    error = error_of(response, 422)
    assert error["code"] == "invalid_request"
    assert len(response.content) < 1000


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "x", "", "application/json; charset=latin-1"],
)
def test_only_json_is_read(client: TestClient, content_type: str) -> None:
    content = json.dumps({"text": "goal"}).encode()
    response = client.post("/predict", content=content, headers={"content-type": content_type})
    assert error_of(response, 415)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("content_type", ["Application/JSON", 'application/json; charset="UTF-8"'])
def test_json_may_be_spelt_otherwise(client: TestClient, content_type: str) -> None:
    content = json.dumps({"text": "goal"}).encode()
    response = client.post("/predict", content=content, headers={"content-type": content_type})
    assert response.status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_cut_off(client: TestClient, chunked: bool) -> None:
    body = b'{"text": "' + b"x" * (10 * MEBIBYTE) + b'"}'
    parts = [body[i : i + MEBIBYTE] for i in range(0, len(body), MEBIBYTE)]
    response = client.post("/predict", content=iter(parts) if chunked else body, headers=JSON)
    error = error_of(response, 413)
    assert error["message"] == "the body is larger than 8 MiB"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/predict/", 404, "not_found"),
        ("POST", "//predict", 404, "not_found"),
        ("GET", "/predict/batch/news/more", 404, "not_found"),
        ("GET", "/predict", 405, "method_not_allowed"),
        ("DELETE", "/model/info", 405, "method_not_allowed"),
        ("OPTIONS", "/predict", 405, "method_not_allowed"),
        ("TRACE", "/health", 405, "method_not_allowed"),
    ],
)
def test_unknown_routes(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    response = client.request(method, f"http://testserver{path}")
    assert error_of(response, status)["code"] == code
    assert ("allow" in response.headers) == (status == 405)


def test_a_request_id_is_the_clients_if_it_is_one(client: TestClient) -> None:
    body = {"text": "goal"}
    kept = client.post("/predict", json=body, headers={"x-request-id": "order-7.b_2"})
    assert kept.headers["x-request-id"] == kept.json()["request_id"] == "order-7.b_2"
    for odd in ("", "-x", "a b", "x" * 65, "é", "<b>"):
        response = client.post("/predict", json=body, headers={"x-request-id": odd.encode()})
        assert response.headers["x-request-id"] not in {odd, ""}
    ids = {client.post("/predict", json=body).json()["request_id"] for _ in range(50)}
    assert len(ids) == 50


def test_model_info(client: TestClient, release: Release) -> None:
    info = ModelInfo.model_validate(client.get("/model/info").json())
    assert info.labels == list(LABELS)
    assert (info.name, info.version, info.stage) == ("news", "3", "production")
    assert info.model_dump(include=set(Release.model_fields)) == release.model_dump(
        include=set(ModelInfo.model_fields)
    )
    assert (info.released, info.challenger, info.refused) == (None, None, None)
    models = client.get("/models").json()
    assert models == {"models": [info.model_dump()], "default": "news"}
    assert client.get("/models/news").json() == info.model_dump()
    assert error_of(client.get("/models/other"), 404)["code"] == "unknown_model"


def test_health_and_life(client: TestClient) -> None:
    health, info = client.get("/health"), client.get("/model/info").json()
    assert health.status_code == 200
    assert health.json() == {
        "status": "ok",
        "model_version": "3",
        "versions": {"news": "3"},
        "refused": {},
        "workers": [{"news": {"version": "3", "scorer_sha256": info["scorer_sha256"]}}],
    }
    assert client.get("/livez").json() == {"status": "ok"}
    head = client.head("/health")
    assert (head.status_code, head.content) == (200, b"")


def test_every_answer_has_the_security_headers(client: TestClient) -> None:
    for path in ("/health", "/nowhere", "/", "/docs", "/metrics", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["content-security-policy"].startswith("default-src 'none'"), path
        assert "access-control-allow-origin" not in headers


def test_a_named_model(bentoml_home: Path, fitted: Fitted) -> None:
    news, other = publish(fitted, "3"), publish(fitted, "8", name="other")
    with working(Bundle(releases=(news, other), serving=SETTINGS)) as client:
        body = {"text": fitted.texts[0]}
        first, second = (client.post(p, json=body).json() for p in ("/predict", "/predict/other"))
        assert (first["model"], first["model_version"]) == ("news", "3")
        assert (second["model"], second["model_version"]) == ("other", "8")
        assert first["probabilities"] == second["probabilities"]
        batch = client.post("/predict/batch/other", json={"texts": fitted.texts[:2]}).json()
        assert (batch["model"], batch["count"]) == ("other", 2)
        assert [m["name"] for m in client.get("/models").json()["models"]] == ["news", "other"]
        assert client.get("/health").json()["versions"] == {"news": "3", "other": "8"}
        error = error_of(client.post("/predict/third", json=body), 404)
        assert error["code"] == "unknown_model"


def test_feedback_is_told_against_the_answer(client: TestClient, fitted: Fitted) -> None:
    answer = client.post("/predict", json={"text": fitted.texts[0]}).json()
    right, wrong = answer["label"], next(x for x in LABELS if x != answer["label"])
    for label, correct in ((right, True), (wrong, False)):
        body = {"request_id": answer["request_id"], "label": label}
        response = client.post("/feedback", json=body)
        assert response.status_code == 202
        assert response.json() == {
            "request_id": answer["request_id"],
            "matched": True,
            "correct": correct,
            "error": None,
        }
    unknown = client.post("/feedback", json={"request_id": "long-gone", "label": right}).json()
    assert (unknown["matched"], unknown["correct"]) == (False, None)
    error = error_of(client.post("/feedback", json={"request_id": "x", "label": "Chess"}), 422)
    assert error["field"] == "label"
    error = error_of(client.post("/feedback", json={"request_id": "a b", "label": right}), 422)
    assert error["field"] == "request_id"
    metrics = client.get("/metrics").text
    assert 'outcome="correct"' in metrics
    assert 'outcome="wrong"' in metrics
    assert 'outcome="unmatched"' in metrics


def test_items_of_a_batch_take_feedback(client: TestClient, fitted: Fitted) -> None:
    batch = client.post("/predict/batch", json={"texts": fitted.texts[:3]}).json()
    item = batch["predictions"][2]
    body = {"request_id": item["request_id"], "label": item["label"]}
    assert client.post("/feedback", json=body).json()["correct"] is True


def test_the_documentation_has_every_route_and_its_errors(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    paths = document["paths"]
    assert set(paths["/predict"]["post"]["responses"]) == {"200", "4XX", "5XX"}
    refused = paths["/predict"]["post"]["responses"]["4XX"]["content"]["application/json"]
    assert refused["schema"]["$ref"].endswith("/ErrorBody")
    text = document["components"]["schemas"]["PredictRequest"]["properties"]["text"]
    assert text["maxLength"] == SETTINGS.max_characters
    documented = {(method, path) for path, item in paths.items() for method in item}
    assert documented >= {
        ("post", "/predict"),
        ("post", "/predict/batch"),
        ("post", "/predict/news"),
        ("post", "/predict/batch/news"),
        ("post", "/feedback"),
        ("get", "/model/info"),
        ("get", "/models"),
        ("get", "/health"),
        ("get", "/livez"),
        ("post", "/admin/reload"),
        ("get", "/admin/traffic"),
        ("put", "/admin/traffic"),
    }
    page = client.get("/docs")
    assert "swagger-ui-bundle.js" in page.text
    assert client.get("/docs/swagger-ui-bundle.js").status_code == 200
    assert client.get("/docs/other.js").status_code == 404


def test_a_scan_of_unknown_paths_adds_no_series(client: TestClient) -> None:
    def series() -> set[str]:
        lines = client.get("/metrics").text.splitlines()
        return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}

    client.get("/unknown"), series()
    before = series()
    for number in range(1000):
        client.get(f"/unknown-{number}")
    assert series() == before
    assert any('route="unmatched"' in name for name in before)
    assert not any("/unknown" in name for name in before)


def test_wrong_values_by_the_million_are_told_by_the_first(client: TestClient) -> None:
    body = b'{"texts": [' + b"1," * 2_000_000 + b"1]}"
    tracemalloc.start()
    error = error_of(client.post("/predict/batch", content=body, headers=JSON), 422)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error["field"] == "texts.0"
    assert peak < 200 * MEBIBYTE
