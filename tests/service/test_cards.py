"""The model card over HTTP: of whatever version answers now, and only that."""

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.errors import ReleaseError
from core.models.card import HTML_FILE, Card
from core.release import Bundle
from core.serving import ServingSettings
from service.models.loaded import load_model
from service.release import pinned_folder
from tests.service.models.releases import champion, publish
from tests.service.worker import working
from tests.serving import Fitted

SETTINGS = ServingSettings(reload_seconds=0.05)
MARKDOWN = {"accept": "text/markdown"}


def card(version: str) -> Card:
    style = f"p {{ order: {version}; }}"
    html = f"<!doctype html><style>{style}</style><p>Version {version}, naïvely</p>"
    return Card(html=html, markdown=f"# Version {version}, naïvely\n")


@pytest.fixture(scope="module")
def client(
    fitted: Fitted, tmp_path_factory: pytest.TempPathFactory, _own_home: None
) -> Iterator[TestClient]:
    """Of a bundle whose second model has no card."""
    releases = (
        publish(fitted, "3", card=card("3")),
        publish(fitted, "1", name="plain"),
        publish(fitted, "9", name="other", card=card("9")),
    )
    with working(Bundle(releases=releases, serving=SETTINGS)) as client:
        yield client


@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/html, text/markdown", ""])
def test_the_card_is_a_page(client: TestClient, accept: str) -> None:
    response = client.get("/model/card", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.text == card("3").html


@pytest.mark.parametrize("accept", ["text/markdown", "Text/Markdown;q=0.5, text/plain"])
def test_or_markdown(client: TestClient, accept: str) -> None:
    response = client.get("/model/card", headers={"accept": accept})
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.text == card("3").markdown
    assert response.headers["vary"] == "accept"


def test_each_model_of_a_bundle_has_its_own(client: TestClient) -> None:
    assert client.get("/model/card/news").text == card("3").html
    assert client.get("/model/card/other", headers=MARKDOWN).text == card("9").markdown
    infos = {info["name"]: info["card_sha256"] for info in client.get("/models").json()["models"]}
    assert infos["plain"] is None
    assert len({infos["news"], infos["other"]}) == 2


@pytest.mark.parametrize(("model", "code"), [("plain", "no_card"), ("absent", "unknown_model")])
def test_where_there_is_none_the_error_says_so(client: TestClient, model: str, code: str) -> None:
    response = client.get(f"/model/card/{model}")
    assert response.status_code == 404
    error = response.json()["error"]
    assert error["code"] == code
    assert model in error["message"]


def test_only_its_own_style_sheet_may_be_applied(client: TestClient) -> None:
    response = client.get("/model/card")
    policy = response.headers["content-security-policy"]
    style = re.findall("<style>(.*?)</style>", response.text)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("accept", ["text/html", "text/markdown"])
def test_who_has_it_gets_it_not_again(client: TestClient, accept: str) -> None:
    first = client.get("/model/card", headers={"accept": accept})
    known = {"accept": accept, "if-none-match": first.headers["etag"]}
    again = client.get("/model/card", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    old = {"accept": accept, "if-none-match": '"old"'}
    assert client.get("/model/card", headers=old).content == first.content


def test_the_forms_have_different_tags(client: TestClient) -> None:
    tags = {client.get("/model/card", headers=h).headers["etag"] for h in ({}, MARKDOWN)}
    assert len(tags) == 2


def test_the_documentation_has_it(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/model/card", "/model/card/{model}"):
        assert set(paths[path]["get"]["responses"]["200"]["content"]) == {
            "text/html",
            "text/markdown",
        }


def test_the_card_follows_a_hot_swap(bentoml_home: Path, fitted: Fitted) -> None:
    first = publish(fitted, "1", card=card("1"))
    with working(Bundle(releases=(first,), serving=SETTINGS)) as client:
        assert "Version 1" in client.get("/model/card").text
        before = client.get("/model/card").headers["etag"]
        champion(publish(fitted, "2", card=card("2")))
        deadline = time.monotonic() + 10
        while client.get("/model/info").json()["version"] == "1":
            assert time.monotonic() < deadline, "it does not follow"
            time.sleep(0.02)
        response = client.get("/model/card", headers={"if-none-match": before})
        assert response.status_code == 200
        assert "Version 2" in response.text


@pytest.mark.parametrize("damage", ["alter", "remove"])
def test_a_model_whose_card_is_not_the_released_one_is_refused(
    bentoml_home: Path, fitted: Fitted, damage: str
) -> None:
    release = publish(fitted, "1", card=card("1"))
    file = pinned_folder(release) / HTML_FILE
    file.unlink() if damage == "remove" else file.write_text(file.read_text() + " ")
    with pytest.raises(ReleaseError, match="news:1-a can't be served: the model card in"):
        load_model(release, pinned_folder(release))
