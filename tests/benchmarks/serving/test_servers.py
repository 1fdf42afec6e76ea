import os
import sys

import click
import psutil
import pytest

from benchmarks.serving.contenders import Launch
from benchmarks.serving.servers import MARK, post, serving

# A server that won't end when asked to, with a child in a session of its own.
STUBBORN = """
import http.server, json, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                         start_new_session=True)

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"asked": asked, "child": child.pid}).encode()
        self.send_response(200 if self.path == "/predict" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def launch(script, folder):
    return lambda port: Launch([sys.executable, "-c", script, str(port)], folder, {})


def ask(server, path="/predict"):
    with server.connection() as connection:
        return post(connection, path, {"text": "one"})


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr("benchmarks.serving.servers.STOP_SECONDS", 0.1)


@pytest.mark.served
def test_a_server_is_watched_and_leaves_nothing_behind(tmp_path, no_patience):
    with serving("it", launch(STUBBORN, tmp_path), ask, tmp_path / "log") as (server, seconds):
        answer = ask(server)
        assert answer["asked"] == {"text": "one"}
        processes = server.processes()
        assert len(processes) == 2
        assert answer["child"] in [process.pid for process in processes]
        assert 0 < server.cpu_seconds() < 60
        memory = server.memory()
        assert 1 < memory.pss_mb <= memory.rss_mb
        assert sum(server.rss_by_process().values()) == pytest.approx(memory.rss_mb, rel=0.1)
        assert seconds > 0
        with pytest.raises(click.ClickException, match="/other: status 404"):
            ask(server, "/other")
    assert not any(process.is_running() for process in processes)
    assert MARK not in os.environ


@pytest.mark.served
def test_an_error_leaves_nothing_behind_either(tmp_path, no_patience):
    def refuse(server):
        ask(server)
        found.extend(server.processes())
        raise click.ClickException("wrong answer")

    found: list[psutil.Process] = []
    with (
        pytest.raises(click.ClickException, match="wrong answer"),
        serving("it", launch(STUBBORN, tmp_path), refuse, tmp_path / "log"),
    ):
        pytest.fail("it must not be measured")
    assert len(found) == 2
    assert not any(process.is_running() for process in found)


@pytest.mark.served
def test_a_server_that_ends_is_told_by_its_log(tmp_path):
    broken = launch("raise SystemExit('port of my own')", tmp_path)
    with (
        pytest.raises(click.ClickException, match=r"it does not answer\n.*port of my own"),
        serving("it", broken, ask, tmp_path / "log"),
    ):
        pytest.fail("it must not be measured")
