"""Who may ask a worker, and how much."""

import hashlib
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.release import Bundle, Release
from core.serving import RateLimit, ServingSettings
from tests.service.test_api import error_of
from tests.service.worker import working
from tests.serving import SETTINGS

KEY = "a-key-of-a-test-0123456789-0123456789-012345"


def test_a_client_that_asks_too_often_has_to_wait(release: Release) -> None:
    settings = ServingSettings(rate_limit=RateLimit(per_second=0.001, burst=2))
    with working(Bundle(releases=(release,), serving=settings)) as client:
        body = {"text": "goal"}
        assert [client.post("/predict", json=body).status_code for _ in range(2)] == [200, 200]
        response = client.post("/predict", json=body)
        assert error_of(response, 429)["code"] == "rate_limited"
        assert int(response.headers["retry-after"]) > 0
        assert client.get("/health").status_code == 200


def test_named_origins_may_call_from_a_browser(release: Release) -> None:
    settings = ServingSettings(cors_origins=("https://app.example.org",))
    mine, other = ({"origin": f"https://{name}.example.org"} for name in ("app", "evil"))
    with working(Bundle(releases=(release,), serving=settings)) as client:
        allowed = client.post("/predict", json={"text": "goal"}, headers=mine)
        assert allowed.headers["access-control-allow-origin"] == "https://app.example.org"
        refused = client.post("/predict", json={"text": "goal"}, headers=other)
        assert "access-control-allow-origin" not in refused.headers
        asked = {**mine, "access-control-request-method": "POST"}
        assert client.options("/predict", headers=asked).status_code == 204
        assert error_of(client.options("/predict", headers=other), 403)
        assert error_of(client.options("/nowhere", headers=mine), 404)


@pytest.fixture
def guarded(release: Release, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    monkeypatch.setenv("GATEHOUSE_API_KEYS", f"tests:predict:{digest}")
    with working(Bundle(releases=(release,), serving=SETTINGS)) as client:
        yield client


@pytest.mark.parametrize("path", ["/models", "/model/info", "/metrics"])
def test_what_tells_about_the_model_needs_a_key(guarded: TestClient, path: str) -> None:
    assert error_of(guarded.get(path), 401)
    assert guarded.get(path, headers={"x-api-key": KEY}).status_code == 200


def test_predictions_need_a_key(guarded: TestClient) -> None:
    body = {"text": "goal"}
    assert "www-authenticate" in guarded.post("/predict", json=body).headers
    key = {"authorization": f"Bearer {KEY}"}
    assert guarded.post("/predict", json=body, headers=key).status_code == 200
    assert error_of(guarded.post("/admin/reload", headers=key), 403)
    assert guarded.get("/health").status_code == guarded.get("/").status_code == 200


def test_admin_routes_are_closed_without_keys(client: TestClient) -> None:
    for method, path in (("POST", "/admin/reload"), ("PUT", "/admin/traffic")):
        assert error_of(client.request(method, path), 403)["code"] == "admin_closed"
