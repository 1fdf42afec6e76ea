"""Releases made, served and rolled back for real, by the command line and over HTTP."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.ledger import read_ledger
from adapters.versions import require_version
from core.channel import model_path
from core.governance.ledger import Entry
from core.release import GOLDEN_FILE, SCORER_FOLDER
from materializers.estimator import FILENAME
from tests.gatehouse import Completed, job, run_cli, snapshot, train
from tests.service.servers import ADMIN_KEY, Server, flip_byte, launch

pytestmark = [pytest.mark.integration, pytest.mark.served]

NAME = "goback"
OTHER = ["--set", "promotion.compare.allow=any"]
OTHER += ["--set", "candidates=[{name: pairs, model: multinomial_nb, params: {alpha: 0.5}}]"]
TEXTS = ["Shares fell after the bank cut its outlook", "The striker scored twice", "été 42 !"]
ELSEWHERE = "http://127.0.0.1:9"  # nobody listens there


def rollback(*arguments: object) -> Completed:
    return run_cli("rollback", NAME, "--json", *arguments)


def go(to: str, *arguments: object, code: int = 0) -> Any:
    """Roll back for real; gives the object of ``--json``."""
    completed = rollback("--to", to, "--reason", "a test", "--by", "ann", "--yes", *arguments)
    assert completed.code == code, completed.err + completed.out
    return completed.json


def ledger() -> list[Entry]:
    return read_ledger(NAME)


def production() -> str | None:
    """As registries and channel have it; they agree."""
    from adapters.standing import observed

    found = observed(NAME)
    assert found.zenml == found.mlflow == found.channel
    return found.zenml.production


def serves(server: Server, version: str) -> bool:
    workers = server.get("/health")["workers"]
    return [worker[NAME]["version"] for worker in workers if worker] == [version] * 2


def answers(server: Server) -> list[dict[str, Any]]:
    """All that is not of the request itself."""
    with server.client() as client:
        found = [client.post("/predict", json={"text": text}).json() for text in TEXTS]
    return [
        {key: value for key, value in answer.items() if key not in ("request_id", "latency_ms")}
        for answer in found
    ]


class Story:
    """Two releases and a server that has seen both.

    Attributes:
        first: The answers before the second promotion.
    """

    def __init__(self, server: Server, config: Path) -> None:
        self.server = server
        self.first = answers(server)
        train(config, *OTHER)
        server.wait_until(lambda: serves(server, "2"))


@pytest.fixture(scope="module")
def story(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("goback")
    config = job(folder, NAME)
    tag = train(config)["bento"]
    settings = yaml.safe_dump({"workers": 2, "reload_seconds": 0.5})
    server = launch(tag, folder / "server", GATEHOUSE_SERVING=settings)
    try:
        server.wait_until(lambda: is_ready(server), 90)
        yield Story(server, config)
    finally:
        server.kill()


def is_ready(server: Server) -> bool:
    import httpx

    assert server.process.poll() is None, server.output
    try:
        return serves(server, "1")
    except (httpx.TransportError, KeyError):
        return False


@pytest.fixture
def server(story: Story) -> Iterator[Server]:
    """Version 2 is in production and served, before and after a test."""
    yield story.server
    for worker in story.server.workers():
        worker.resume()
    if production() != "2":
        go("2")
    story.server.wait_until(lambda: serves(story.server, "2"))


def test_the_answers_are_those_of_the_first_release(
    server: Server, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_CLIENT_KEY", ADMIN_KEY)
    assert answers(server) != story.first
    done = go("1")
    assert answers(server) == story.first
    assert (done["status"], done["from"], done["to"]) == ("rolled_back", "2", "1")
    (service,) = done["services"]
    assert service["url"] == f"http://127.0.0.1:{server.port}"
    assert (service["workers"], service["answers"]) == (["1", "1"], "identical")
    assert production() == "1"
    last = ledger()[-1]
    assert done["entry"] == {"number": last.number, "hash": last.hash}
    assert (last.action, last.by, last.reason, last.version) == ("rollback", "ann", "a test", "1")
    assert last.before is not None
    assert last.after is not None
    assert (last.before.production, last.after.production) == ("2", "1")
    assert last.details["confirmed"] == service["url"]
    assert float(last.details["seconds"]) == pytest.approx(done["seconds"], abs=1e-3)


def test_without_a_key_the_version_is_asked_alone(server: Server) -> None:
    (service,) = go("1")["services"]
    assert service["problem"] is None
    assert "GATEHOUSE_CLIENT_KEY" in service["answers"]


def test_a_rehearsal_changes_nothing(server: Server) -> None:
    before, entries = snapshot(), ledger()
    completed = rollback("--rehearse")
    assert completed.code == 0, completed.err
    done = completed.json
    assert (done["status"], done["to"], done["entry"]) == ("rehearsed", "1", None)
    assert done["services"][0]["workers"] == ["2", "2"]
    assert done["seconds"] > 0
    assert (snapshot(), ledger()) == (before, entries)
    assert serves(server, "2")


def test_a_service_that_hangs_is_named_and_the_change_stays(server: Server) -> None:
    for worker in server.workers():
        worker.suspend()
    done = go("1", "--timeout", 0.5, "--service", ELSEWHERE, code=1)
    assert done["status"] == "unconfirmed"
    assert str(server.port) in done["message"]
    assert production() == "1"
    entry = ledger()[-1]
    assert (entry.action, entry.details["confirmed"]) == ("rollback", "")
    for url in (f"http://127.0.0.1:{server.port}", ELSEWHERE):
        assert f"{url}: it does not answer" in entry.details["unconfirmed"]
    for worker in server.workers():
        worker.resume()
    server.wait_until(lambda: serves(server, "1"))


def refused(code: int, *arguments: object) -> str:
    """The error of a rollback that changes nothing but, at most, the ledger."""
    before = snapshot()
    completed = run_cli("rollback", NAME, *arguments)
    assert completed.code == code, completed.err + completed.out
    assert snapshot() == before
    return completed.error


REASON = ("--reason", "a test")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((*REASON, "--yes", "--to", "7"), 1, "version 7 was never in production; choose --to 1"),
        ((*REASON, "--yes", "--to", "2"), 1, "version 2 is in production now; choose --to 1"),
        (REASON, 2, "--yes"),
        (("--yes",), 2, "--reason"),
        (("--yes", "--reason", " "), 2, "--reason"),
    ],
)
def test_what_is_refused_before_it_begins(
    server: Server, arguments: tuple[str, ...], code: int, message: str
) -> None:
    entries = ledger()
    assert message in refused(code, *arguments)
    assert ledger() == entries


@contextmanager
def at_a_terminal(types: str) -> Iterator[None]:
    """Standard input is a real terminal at which somebody types a line."""
    master, slave = os.openpty()
    with os.fdopen(slave) as stdin, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", stdin)
        os.write(master, f"{types}\n".encode())
        yield
        os.close(master)


def test_whoever_says_no_changes_nothing(server: Server) -> None:
    entries = ledger()
    with at_a_terminal("n"):
        completed = run_cli("rollback", NAME, *REASON)
    assert completed.code == 7
    assert "goback: version 2 → 1" in completed.out
    assert "nothing was changed" in completed.err
    assert ledger() == entries


def test_whoever_says_yes_goes_back(server: Server) -> None:
    with at_a_terminal("y"):
        completed = run_cli("rollback", NAME, *REASON)
    assert completed.code == 0, completed.err
    assert "version 1 is in production after" in completed.out
    assert f"bentoml serve {require_version(NAME, '1').bento}" in completed.out
    assert production() == "1"


def test_a_model_without_a_ledger(stack: str) -> None:
    completed = run_cli("rollback", "nobody", *REASON, "--yes")
    assert completed.code == 1
    assert "no model 'nobody' has a ledger" in completed.error


def stored(file: str) -> Path:
    """A file of the first release in this machine's store."""
    release = require_version(NAME, "1").release
    return model_path(Path(os.environ["BENTOML_HOME"]), release.model_tag) / file


def largest(folder: Path) -> Path:
    return max(folder.iterdir(), key=lambda file: file.stat().st_size)


@pytest.mark.parametrize("what", ["scorer", "golden"])
def test_a_store_that_was_altered_is_made_whole_again(server: Server, what: str) -> None:
    file = stored(GOLDEN_FILE) if what == "golden" else largest(stored(SCORER_FOLDER))
    whole = file.read_bytes()
    flip_byte(file)
    assert "was altered" in refused(1, "--rehearse")
    assert go("1")["bento_restored"]
    assert file.read_bytes() == whole
    assert ledger()[-1].details["bento"] == "made again"


@pytest.mark.parametrize("what", ["model", "scorer"])
def test_what_can_not_be_made_whole_is_refused(server: Server, what: str) -> None:
    """The model in ZenML's store is the origin; and of a lost scorer its copy there."""
    artifact = require_version(NAME, "1").found.get_artifact(what)
    assert artifact is not None
    folder = Path(artifact.uri)
    files = [folder / FILENAME] if what == "model" else [largest(folder / "scorer")]
    files += [largest(stored(SCORER_FOLDER))] * (what == "scorer")
    whole = [file.read_bytes() for file in files]
    for file in files:
        flip_byte(file)
    try:
        before = production()
        completed = run_cli("rollback", NAME, *REASON, "--yes")
        assert completed.code == 1, completed.out
        assert completed.error
        assert production() == before == "2"
        assert serves(server, "2")
        assert [entry.action for entry in ledger()[-2:]] == ["intent", "abort"]
    finally:
        for file, content in zip(files, whole, strict=True):
            file.write_bytes(content)
