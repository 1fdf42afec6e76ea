"""What is made of the answers of services, over real HTTP; a real service: tests/cli."""

import fcntl
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from adapters.channel import bentoml_home
from adapters.service_client import KEY, ServiceReport, Target
from adapters.services import Followers, confirm, following, look
from core.models.golden import Golden
from core.registration import SERVICES_FOLDER, Registration

ROW = (0.1, 0.2, 0.7)
GOLDEN = Golden(
    labels=("a", "b", "c"), inputs=("one", "two"), outputs=(ROW, ROW), served=(ROW, ROW)
)
PLAIN = {"age": 30.5, "city": None}
PRICES = Golden(labels=(), inputs=(PLAIN,), outputs=((1.25,),), served=((1.25,),))
OURS, THEIRS = "a" * 64, "b" * 64
TARGET = Target("news", "2", OURS, GOLDEN)
BUSY = {"error": {"message": "too many requests"}}


def health(*workers: str | None, refused: str | None = None, scorer: str = OURS) -> dict[str, Any]:
    served = [None if version is None else {"version": version, "scorer_sha256": scorer}
              for version in workers]  # fmt: skip
    return {
        "workers": [{} if model is None else {"news": model} for model in served],
        "refused": {"news": refused} if refused else {},
    }


def prediction(version: str = "2", row: tuple[float, ...] = ROW) -> dict[str, Any]:
    return {"model_version": version, "probabilities": dict(zip("abc", row, strict=True))}


class Service:
    """Answers by path; a function is asked each time.

    Attributes:
        asked: The paths.
        bodies: What was posted.
        keys: By path, the keys that came.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Any] = {"/predict/news": (200, prediction())}
        self.asked: list[str] = []
        self.bodies: list[bytes] = []
        self.keys: dict[str, set[str | None]] = {}

    def answer(self, path: str, key: str | None) -> tuple[int, bytes]:
        self.asked.append(path)
        self.keys.setdefault(path, set()).add(key)
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
            status, body = service.answer(self.path, self.headers["X-API-Key"])
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            service.bodies.append(self.rfile.read(int(self.headers["content-length"] or 0)))
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


def confirmed(
    service: Service, timeout: float = 0, interrupted: threading.Event | None = None
) -> ServiceReport:
    followers = Followers((service.url,))
    (report,) = confirm(TARGET, followers, timeout, interrupted or threading.Event())
    assert report.url == service.url
    return report


@pytest.mark.parametrize(("value", "problem"), [(1.25, None), (1.2500000000000002, "otherwise")])
def test_a_model_of_quantities_is_asked_for_golden_rows(
    service: Service, value: float, problem: str | None
) -> None:
    service.answers["/health"] = 200, health("2")
    service.answers["/predict/news"] = 200, {"model_version": "2", "value": value}
    target = Target("news", "2", OURS, PRICES)
    (report,) = confirm(target, Followers((service.url,)), 0, threading.Event())
    assert [json.loads(body) for body in service.bodies] == [{"row": PLAIN}]
    assert report.answers == (None if problem else "identical")
    assert (problem or "None") in str(report.problem)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, health("2", "1")), "its workers serve 1, 2"),
        ((200, health("2", None)), "its workers serve 2, nothing yet"),
        ((200, health("1", refused="champion 2 is refused")), "it refuses: champion 2 is refused"),
        ((200, {"workers": [{"other": {"version": "2"}}], "refused": {}}), "it serves no news"),
        ((503, {"error": {"message": "the self-test fails"}}), "not healthy: the self-test fails"),
        ((200, health("2", scorer=THEIRS)), "its version 2 is another model: scorer bbbb"),
        ((502, b"<html>"), "not, or not yet, Gatehouse"),
        ((200, {"workers": [{"news": "2"}], "refused": {}}), "not, or not yet, Gatehouse"),
        ((200, {"status": "ok"}), "not, or not yet, Gatehouse"),
        ((200, ["ok"]), "not, or not yet, Gatehouse"),
        ((200, b"<html>"), "not, or not yet, Gatehouse"),
    ],
)
def test_who_is_not_confirmed(service: Service, answer: Any, problem: str) -> None:
    service.answers["/health"] = answer
    report = confirmed(service)
    assert problem in str(report.problem)
    assert report.answers is None


def test_it_is_asked_until_all_workers_follow(service: Service) -> None:
    states = [health("1", "1"), health("1", "2"), health("2", None), health("2", "2")]
    service.answers["/health"] = lambda: (200, states.pop(0))
    report = confirmed(service, timeout=30)
    assert (report.problem, report.workers, report.answers) == (None, ("2", "2"), "identical")
    assert service.asked.count("/predict/news") == len(GOLDEN.inputs)


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
    assert "a golden request is refused: too long" in str(confirmed(service).problem)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again(service: Service, status: int) -> None:
    answers = [(status, BUSY), (status, b"<html>"), (200, prediction()), (200, prediction())]
    service.answers |= {"/health": (200, health("2")), "/predict/news": lambda: answers.pop(0)}
    report = confirmed(service, timeout=30)
    assert (report.problem, report.answers) == (None, "identical")


def test_one_that_is_busy_to_the_end_follows_all_the_same(service: Service) -> None:
    service.answers |= {"/health": (200, health("2")), "/predict/news": (429, BUSY)}
    report = confirmed(service, timeout=0.3)
    assert report.problem is None
    assert report.answers == "not compared: it is busy (too many requests)"


def test_one_that_takes_too_long_follows_all_the_same(service: Service) -> None:
    goes_on = threading.Event()
    slow = lambda: (goes_on.wait(20), (200, prediction()))[1]  # noqa: E731
    service.answers |= {"/health": (200, health("2")), "/predict/news": slow}
    report = confirmed(service)
    goes_on.set()
    assert report.problem is None
    assert str(report.answers).startswith("not compared: it is busy (")


def test_without_the_key_it_wants(service: Service) -> None:
    service.answers |= {
        "/health": (200, health("2")),
        "/predict/news": (401, {"error": {"message": "who?"}}),
    }
    report = confirmed(service)
    assert report.problem is None
    assert report.answers == f"not compared: it wants a key; set {KEY}"
    assert "/admin/reload" not in service.asked


@pytest.mark.parametrize("status", [401, 403])
def test_with_a_key_that_it_refuses(
    service: Service, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "gh_wrong")
    service.answers |= {
        "/health": (200, health("2")),
        "/predict/news": (status, {"error": {"message": "who?"}}),
    }
    assert confirmed(service).problem == f"it refuses the key in {KEY}: who?"


def test_an_admin_does_not_wait_for_the_interval(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "gh_key")
    service.answers["/health"] = 200, health("2")
    assert confirmed(service).problem is None
    assert service.asked[0] == "/admin/reload"


def test_the_key_goes_where_one_is_needed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "gh_key")
    service.answers["/health"] = 200, health("2")
    look("news", Followers((service.url,)))
    assert service.keys == {"/health": {None}}
    confirmed(service)
    assert service.keys == {
        "/health": {None}, "/admin/reload": {"gh_key"}, "/predict/news": {"gh_key"}
    }  # fmt: skip


def test_an_interrupt_ends_the_asking(service: Service) -> None:
    interrupted = threading.Event()

    def interrupt() -> tuple[int, Any]:
        interrupted.set()
        return 200, health("1")

    service.answers["/health"] = interrupt
    report = confirmed(service, 60, interrupted)
    assert report.problem == "the asking was interrupted; last: its workers serve 1"
    service.answers |= {"/health": (200, health("2")), "/predict/news": (503, BUSY)}
    report = confirmed(service, 60, interrupted)
    assert (report.problem, report.answers) == (None, "not compared: interrupted")


def test_whatever_happens_becomes_a_report(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "gh_schlüssel")  # no header can carry it
    service.answers["/health"] = 200, health("2")
    assert "it can't be asked (UnicodeEncodeError" in str(confirmed(service).problem)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://[broken"])
def test_where_nobody_answers(url: str) -> None:
    (report,) = look("news", Followers((url,)))
    assert "it does not answer" in str(report.problem)


def test_services_elsewhere_are_asked_once() -> None:
    followers = following("news", ["http://a:1/", "http://a:1", "http://b:2"])
    assert followers == Followers(("http://a:1", "http://b:2"))


def test_a_registration_that_can_not_be_read_is_reported(service: Service) -> None:
    folder = bentoml_home() / SERVICES_FOLDER
    folder.mkdir(exist_ok=True)
    ours = Registration(url=service.url, models=("news",), pid=1).model_dump_json().encode()
    service.answers["/health"] = 200, health("2")
    with living(folder / "a.json", ours), living(folder / "zz.json", b"{}"):
        found = look("news", following("news"))
    (folder / "a.json").unlink()
    (folder / "zz.json").unlink()
    assert [report.problem is None for report in found] == [True, False]
    assert found[1].url == str(folder / "zz.json")
    assert "can't be read: it is damaged (Field required)" in str(found[1].problem)


@contextmanager
def living(path: Path, content: bytes) -> Iterator[None]:
    with path.open("wb") as life:
        fcntl.flock(life, fcntl.LOCK_EX)
        life.write(content)
        life.flush()
        yield
