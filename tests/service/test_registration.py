"""A server lets itself be found."""

import json
import logging
import stat
from pathlib import Path

import pytest

from core.registration import SERVICES_FOLDER, registered
from service.registration import url_of
from service.release import HOME_VARIABLE
from tests.telemetry import finished, program

REGISTER = (
    "from service.registration import register; import os, sys\n"
    "register(('news',), 'http://127.0.0.1:3000'); print('in', flush=True)\n"
)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:3000"),
        ("0.0.0.0", "http://127.0.0.1:3000"),
        ("10.0.0.7", "http://10.0.0.7:3000"),
        ("::", "http://[::1]:3000"),
    ],
)
def test_where_it_answers(host: str, url: str) -> None:
    assert url_of(host, 3000) == url


@pytest.mark.integration
def test_it_is_found_while_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    with program(REGISTER + "sys.stdin.read()") as server:
        assert server.stdout is not None
        server.stdout.readline()
        (found,) = registered(tmp_path).servers
        assert (found.models, found.pid) == (("news",), server.pid)
        (path,) = (tmp_path / SERVICES_FOLDER).glob("*")
        content = json.loads(path.read_bytes())
        assert content == {"url": "http://127.0.0.1:3000", "models": ["news"], "pid": server.pid}
        assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
        server.kill()
        server.wait()
    assert registered(tmp_path).servers == []


@pytest.mark.integration
def test_its_file_goes_with_it_and_not_with_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    code = "if not os.fork(): sys.exit()\nos.wait(); print(*os.listdir(sys.argv[1]), flush=True)"
    folder = tmp_path / SERVICES_FOLDER
    _, name = finished(program(REGISTER + code, folder)).splitlines()
    assert name.endswith(".json")
    assert list(folder.iterdir()) == []


def test_a_home_that_cannot_be_written_breaks_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from service.registration import register

    (tmp_path / SERVICES_FOLDER).write_text("no folder")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    with caplog.at_level(logging.WARNING):
        register(("news",), "http://127.0.0.1:3000")
    assert "name it there: --service URL" in caplog.text
