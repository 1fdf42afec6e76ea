"""What is made of the answers of services, over real HTTP; a real service: tests/cli."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from adapters.services import KEY, confirm, following, look
from core.models.golden import Golden

ROW = (0.1, 0.2, 0.7)
GOLDEN = Golden(
    labels=("a", "b", "c"), texts=("one", "two"), probabilities=(ROW, ROW), served=(ROW, ROW)
)
Answer = Callable[[str], tuple[int, Any]]


def health(*workers: str | None, refused: str | None = None) -> dict[str, Any]:
    return {
        "workers": [{} if version is None else {"news": version} for version in workers],
        "refused": {"news": refused} if refused else {},
    }


def prediction(version: str = "2", row: tuple[float, ...] = ROW) -> dict[str, Any]:
    return {"model_version": version, "probabilities": dict(zip("abc", row, strict=True))}


class Service:
    """Answers by path, and remembers the paths; a function is asked each time."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Any] = {"/predict/news": (200, prediction())}
        self.asked: list[str] = []

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        found = self.answers.get(path, (404, {"error": {"message": "there is nothing here"}}))
        status, body = found() if callable(found) else found
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    # This machine is not behind it.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv(KEY, raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = service.answer(self.path)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"] or 0))
            self.do_GET()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service = Service(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield service
        server.shutdown()
        thread.join()


def confirmed(service: Service, timeout: float = 0) -> Any:
    (report,) = confirm("news", "2", GOLDEN, [service.url], timeout)
    assert report.url == service.url
    return report


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, health("2", "1")), "its workers serve 1, 2"),
        ((200, health("2", None)), "its workers serve 2, nothing yet"),
        ((200, health("1", refused="champion 2 is refused")), "it refuses: champion 2 is refused"),
        ((200, {"workers": [{"other": "2"}], "refused": {}}), "it serves no news"),
        ((503, {"error": {"message": "the self-test fails"}}), "not healthy: the self-test fails"),
        ((200, {"status": "ok"}), "not, or not yet, Gatehouse"),
        ((200, ["ok"]), "not, or not yet, Gatehouse"),
        ((200, b"<html>"), "not, or not yet, Gatehouse"),
    ],
)
def test_who_is_not_confirmed(service: Service, answer: Any, problem: str) -> None:
    service.answers["/health"] = answer
    report = confirmed(service)
    assert problem in report.problem
    assert report.answers is None


def test_it_is_asked_until_all_workers_follow(service: Service) -> None:
    states = [health("1", "1"), health("1", "2"), health("2", None), health("2", "2")]
    service.answers["/health"] = lambda: (200, states.pop(0))
    report = confirmed(service, timeout=30)
    assert (report.problem, report.workers, report.answers) == (None, ("2", "2"), "identical")
    assert service.asked.count("/predict/news") == len(GOLDEN.texts)


def test_a_refused_challenger_does_not_matter(service: Service) -> None:
    service.answers["/health"] = 200, health("2", refused="challenger 3 is refused")
    assert confirmed(service).problem is None


@pytest.mark.parametrize("last", [0.7, 0.7000000000000001])
def test_answers_are_compared_to_the_last_bit(service: Service, last: float) -> None:
    service.answers |= {
        "/health": (200, health("2")),
        "/predict/news": (200, prediction(row=(0.1, 0.2, last))),
    }
    problem = confirmed(service).problem
    assert (problem is None) == (last == ROW[2])


def test_a_challengers_answer_is_not_compared(service: Service) -> None:
    service.answers |= {
        "/health": (200, health("2")),
        "/predict/news": (200, prediction("3", (0.2, 0.2, 0.6))),
    }
    report = confirmed(service)
    assert report.problem is None
    assert report.answers == "not compared: another version gave them all"


def test_an_answer_of_something_else(service: Service) -> None:
    service.answers |= {"/health": (200, health("2")), "/predict/news": (200, ["hello"])}
    assert confirmed(service).problem == "what it answers is no prediction"


def test_a_text_that_is_refused(service: Service) -> None:
    service.answers |= {
        "/health": (200, health("2")),
        "/predict/news": (413, {"error": {"message": "too long"}}),
    }
    assert "a golden text is refused: too long" in confirmed(service).problem


def test_a_service_that_wants_a_key(service: Service) -> None:
    service.answers |= {
        "/health": (200, health("2")),
        "/predict/news": (401, {"error": {"message": "who?"}}),
    }
    report = confirmed(service)
    assert report.problem is None
    assert KEY in report.answers
    assert "/admin/reload" not in service.asked


def test_an_admin_does_not_wait_for_the_interval(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "gh_key")
    service.answers["/health"] = 200, health("2")
    assert confirmed(service).problem is None
    assert service.asked[0] == "/admin/reload"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://[broken"])
def test_where_nobody_answers(url: str) -> None:
    (report,) = look("news", [url])
    assert "it does not answer" in str(report.problem)


def test_services_elsewhere_are_asked_once(tmp_path: Any) -> None:
    assert following("news", ["http://a:1/", "http://a:1", "http://b:2"]) == [
        "http://a:1",
        "http://b:2",
    ]
