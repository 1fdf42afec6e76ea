"""The API through HTTP semantics, over a real exported model."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from core.models.scorer.exact import ExactScorer
from core.models.scorer.storage import load_scorer, scorer_digest
from core.release import Release
from service.app import create_app
from service.middleware import MAX_BODY_BYTES
from service.predictor import Predictor
from service.schemas import ErrorBody
from tests.serving import FACTS, LABELS, Fitted

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def predictor(fitted: Fitted) -> Predictor:
    release = Release(
        **FACTS.model_dump(),
        name="news",
        version="3",
        model_tag="news:3-abc",
        scorer_sha256=scorer_digest(fitted.scorer_folder),
    )
    return Predictor(release, load_scorer(fitted.scorer_folder))


@pytest.fixture(scope="module")
def client(predictor: Predictor) -> TestClient:
    return TestClient(create_app(predictor), raise_server_exceptions=False)


def error_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    return ErrorBody.model_validate_json(response.text).model_dump()["error"]


def test_a_prediction_equals_the_estimators(client: TestClient, fitted: Fitted) -> None:
    expected = fitted.estimator.predict_proba(fitted.texts)
    for text, row in zip(fitted.texts, expected, strict=True):
        answer = client.post("/predict", json={"text": text, "top_k": 3}).json()
        order = np.argsort(-row, kind="stable")
        top = answer["top_predictions"]
        assert [score["label_id"] for score in top] == order.tolist()
        assert [score["label"] for score in top] == [LABELS[i] for i in order]
        np.testing.assert_allclose([s["confidence"] for s in top], row[order], rtol=0, atol=1e-9)
        assert {key: answer[key] for key in top[0]} == top[0]
        assert answer["model_version"] == "3"


def test_a_batch_equals_single_predictions(client: TestClient, fitted: Fitted) -> None:
    texts = fitted.texts[:5]
    answer = client.post("/predict/batch", json={"texts": texts, "top_k": 2}).json()
    assert answer["count"] == 5
    singles = [client.post("/predict", json={"text": t, "top_k": 2}).json() for t in texts]
    for got, want in zip(answer["predictions"], singles, strict=True):
        assert got["confidence"] == pytest.approx(want["confidence"], abs=1e-12)
        assert [s["label"] for s in got["top_predictions"]] == [
            s["label"] for s in want["top_predictions"]
        ]


@pytest.mark.parametrize(("top_k", "named"), [(1, 1), (2, 2), (3, 3), (4, 3), (10**30, 3)])
def test_top_k_above_the_classes_gives_all(client: TestClient, top_k: int, named: int) -> None:
    answer = client.post("/predict", json={"text": "goal", "top_k": top_k}).json()
    assert len(answer["top_predictions"]) == named


@pytest.mark.parametrize("text", ["\x00\x01\x1b", " ", "🏆", "e\u0301" * 200, "<b>&#0;</b>"])
def test_odd_but_valid_text_is_answered(client: TestClient, text: str) -> None:
    answer = client.post("/predict", json={"text": text}).json()
    assert sum(s["confidence"] for s in answer["top_predictions"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"text": ["goal"]}, "text"),
        ({"text": "x" * 401}, "text"),
        ({"text": "goal", "top_k": 0}, "top_k"),
        ({"text": "goal", "top_k": -1}, "top_k"),
        ({"text": "goal", "top_k": "3"}, "top_k"),
        ({"text": "goal", "top_k": 3.0}, "top_k"),
        ({"text": "goal", "top_k": True}, "top_k"),
        ({"text": "goal", "top_k": None}, "top_k"),
        ({"text": "goal", "topk": 3}, "topk"),
        ([{"text": "goal"}], None),
        ("goal", None),
        (None, None),
    ],
)
def test_an_invalid_request_names_its_field(client: TestClient, body: Any, field: str) -> None:
    error = error_of(client.post("/predict", json=body), 422)
    assert (error["code"], error["field"]) == ("invalid_request", field)
    assert error["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"texts": []}, "texts"),
        ({"texts": "goal"}, "texts"),
        ({"texts": ["goal"] * 6}, "texts"),
        ({"texts": ["goal", ""]}, "texts.1"),
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
        b'{"text": "goal", "top_k": 1e999}',
        b'{"text": "goal", "top_k": ' + b"9" * 10_000 + b"}",
        b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text": "goal", "x": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
        b'{"text": "goal", "' + b"k" * 100_000 + b'": 1}',
    ],
    ids=lambda content: content[:30].decode("latin-1"),
)
@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_no_body_makes_the_service_fail(client: TestClient, path: str, content: bytes) -> None:
    response = client.post(path, content=content, headers=JSON)
    error = error_of(response, response.status_code)
    assert response.status_code in {400, 422}
    assert len(response.content) < 1000
    assert error["code"] in {"bad_request", "invalid_request"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "x"])
def test_only_json_is_read(client: TestClient, content_type: str) -> None:
    content = json.dumps({"text": "goal"}).encode()
    response = client.post("/predict", content=content, headers={"content-type": content_type})
    error_of(response, 422)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_cut_off(client: TestClient, chunked: bool) -> None:
    body = b'{"text": "' + b"x" * MAX_BODY_BYTES + b'"}'
    content = iter([body[i : i + 2**20] for i in range(0, len(body), 2**20)]) if chunked else body
    error = error_of(client.post("/predict", content=content, headers=JSON), 413)
    assert str(MAX_BODY_BYTES) in error["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/predict/", 404, "not_found"),
        ("GET", "/predict", 405, "method_not_allowed"),
        ("DELETE", "/model/info", 405, "method_not_allowed"),
    ],
)
def test_unknown_routes(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    response = client.request(method, path)
    assert error_of(response, status)["code"] == code
    assert ("allow" in response.headers) == (status == 405)


def test_model_info(client: TestClient, predictor: Predictor) -> None:
    info = client.get("/model/info").json()
    assert info["labels"] == list(LABELS)
    assert {k: v for k, v in info.items() if k != "labels"} == predictor.release.model_dump()


def test_health(client: TestClient) -> None:
    response = client.get("/health")
    assert (response.status_code, response.json()["status"]) == (200, "ok")


@pytest.fixture
def broken(predictor: Predictor) -> TestClient:
    """The API over a scorer of which one number became NaN."""
    spec = predictor.scorer.spec
    head = replace(spec.members[0].head, intercepts=np.full(len(LABELS), np.nan))
    member = replace(spec.members[0], head=head)
    scorer = ExactScorer(replace(spec, members=(member,)))
    app = create_app(replace(predictor, scorer=scorer))
    return TestClient(app, raise_server_exceptions=False)


def test_a_broken_model_is_not_healthy(broken: TestClient) -> None:
    assert error_of(broken.get("/health"), 503)["code"] == "service_unavailable"


def test_a_broken_model_answers_with_the_error_body(
    broken: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    error = error_of(broken.post("/predict", json={"text": "goal"}), 500)
    assert error == {
        "code": "internal_server_error",
        "message": "the service failed; its log says why",
        "field": None,
    }
    assert "POST /predict failed" in caplog.text


def test_the_documentation_shows_the_error_body(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    answers = schema["paths"]["/predict"]["post"]["responses"]
    assert set(answers) == {"200", "4XX", "5XX"}
    assert answers["4XX"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorBody")
    assert client.get("/docs").status_code == 200
