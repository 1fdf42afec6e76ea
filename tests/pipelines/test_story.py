"""The story of docs/governance.md, line by line: the documents can't say what is not so."""

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
import pytest

from adapters.ledger import read_ledger
from adapters.versions import require_version
from tests.conftest import ROOT
from tests.gatehouse import run_cli, snapshot
from tests.service.servers import ADMIN_KEY, START_SECONDS, Server, launch

pytestmark = [pytest.mark.integration, pytest.mark.served]

TEXT = (ROOT / "docs/governance.md").read_text(encoding="utf-8")
STORY = TEXT.partition("\n## The story\n")[2].partition("\n## ")[0]
PREPARATION, COMMANDS = re.findall(r"```sh\n(.*?)```", STORY, re.DOTALL)
BODY = json.loads(re.search(r"-d '({.*?})'", PREPARATION)[1])
LOOKS = "{reload_seconds: 0.2}"  # and `ask` waits for five of them


class Line(NamedTuple):
    """A command, and what the comment behind it says."""

    command: str
    says: str


def documented() -> Iterator[Line]:
    for line in COMMANDS.replace("\\\n", " ").splitlines():
        command, _, says = line.partition("  # ")
        if command.strip() and not command.startswith("# "):
            yield Line(command.strip(), says.strip())


@dataclass
class Story:
    """What the words of the documented shell mean here.

    Attributes:
        folder: For the server.
        server: Once it runs.
        answers: The bytes of the first answer by version.
    """

    folder: Path
    server: Server | None = None
    answers: dict[str, bytes] = field(default_factory=dict)

    def tell(self, line: Line) -> None:
        words = [os.path.expandvars(word) for word in shlex.split(line.command)]
        match words[0]:
            case "run":
                self._run(words[1:], line.says)
            case "bentoml":
                self._serve(words[2])
            case "ask":
                self._ask(line.says.removeprefix("version "))
            case "perl":
                subprocess.run(["bash", "-c", line.command], check=True)
            case "kill":
                assert self._running.stop() == 0
            case other:
                pytest.fail(f"nobody knows what {other!r} means")

    def _run(self, arguments: list[str], says: str) -> None:
        wanted = re.fullmatch(r"exit code (\d): (.+)", says)
        assert wanted, says
        before = snapshot()
        completed = run_cli(*arguments)
        assert completed.code == int(wanted[1]), completed.out + completed.err
        assert wanted[2] in " ".join((completed.out + completed.err).split())
        if completed.code or "--rehearse" in arguments or arguments[0] == "reproduce":
            assert snapshot() == before, arguments

    def _serve(self, tag: str) -> None:
        self.server = launch(tag, self.folder, GATEHOUSE_SERVING=LOOKS)
        self.server.wait_until(self._is_up, START_SECONDS)

    def _ask(self, version: str) -> None:
        time.sleep(1)
        self._running.wait_until(lambda: json.loads(self._answer())["model_version"] == version)
        answer = self._answer()
        assert self.answers.setdefault(version, answer) == answer
        assert len(set(self.answers.values())) == len(self.answers)
        model = require_version("quickstart", version).load("model")
        told = list(json.loads(answer)["probabilities"].values())
        np.testing.assert_allclose([told], model.predict_proba([BODY["text"]]), atol=1e-9)

    @property
    def _running(self) -> Server:
        assert self.server, "the story begins with a server"
        return self.server

    def _is_up(self) -> bool:
        assert self._running.process.poll() is None, self._running.output
        try:
            return bool(self._running.get("/health")["status"] == "ok")
        except httpx.TransportError:
            return False

    def _answer(self) -> bytes:
        """Without the one number that differs from request to request."""
        with self._running.client() as client:
            response = client.post("/predict", json=BODY, headers={"x-request-id": "story"})
        assert response.status_code == 200, response.text
        return re.sub(rb',"latency_ms".*', b"}", response.content)


@pytest.fixture
def story(stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    monkeypatch.setenv("STORY", str(tmp_path))
    # For the golden answers of a service that wants keys, as the tests' servers do.
    monkeypatch.setenv("GATEHOUSE_CLIENT_KEY", ADMIN_KEY)
    told = Story(tmp_path)
    yield told
    if told.server:
        told.server.kill()


def test_the_documented_story(story: Story) -> None:
    lines = list(documented())
    assert sum(line.command.startswith("ask") for line in lines) >= 6
    for line in lines:
        story.tell(line)
    assert set(story.answers) == {"1", "2"}
    actions = [entry.action for entry in read_ledger("quickstart")]
    assert actions == [
        "submission", "intent", "promotion",
        "submission", "approval", "intent", "promotion",
        "submission", "rejection",
        "submission", "block",
        "intent", "rollback",
        "repair",
    ]  # fmt: skip
