"""The user's streams and those of the libraries are kept apart, and put back."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.gatehouse import STDERR, STDOUT, _redirected


@pytest.fixture
def files(tmp_path: Path) -> dict[int, Path]:
    return {STDOUT: tmp_path / "out", STDERR: tmp_path / "err"}


def write_to_both(text: str) -> None:
    for fd in (STDOUT, STDERR):
        os.write(fd, text.encode())
    sys.stdout.write(text)
    sys.stdout.flush()


@pytest.mark.parametrize("verbose", [False, True])
def test_noise_never_reaches_stdout(files: dict[int, Path], verbose: bool) -> None:
    from cli.terminal import Terminal

    with _redirected(files):
        terminal = Terminal(as_json=True, verbose=verbose)
        terminal.capture()
        write_to_both("noise")
        terminal.result({"a": 1})
        terminal.err.print("progress")
        sys.stdout.flush()
        terminal.discard_log()
    assert files[STDOUT].read_text() == '{\n  "a": 1\n}\n'
    assert files[STDERR].read_text().replace("noise", "") == "progress\n"
    assert ("noise" in files[STDERR].read_text()) is verbose
    assert terminal.log is None or not terminal.log.parent.exists()


def test_an_error_is_one_line(files: dict[int, Path]) -> None:
    from cli.terminal import Terminal

    with _redirected(files):
        Terminal().error("first\n  second\tthird", kind="E", exit_code=2)
    assert files[STDERR].read_text() == "error: first second third\n"
    assert files[STDOUT].read_text() == ""


def test_an_undefined_number_is_null(files: dict[int, Path]) -> None:
    from cli.terminal import Terminal

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    nan, infinity = float("nan"), float("inf")
    with _redirected(files):
        Terminal().result({"auc": nan, "at": [0.5, -infinity], "by": ({"x": infinity},), "n": 1})
    found = json.loads(files[STDOUT].read_text(), parse_constant=refuse)
    assert found == {"auc": None, "at": [0.5, None], "by": [{"x": None}], "n": 1}


def test_an_error_can_not_steer_the_terminal(files: dict[int, Path]) -> None:
    from cli.terminal import Terminal

    with _redirected(files):
        Terminal().error("no run '\x1b[2J\u202e'", kind="E", exit_code=2)
    assert files[STDERR].read_text() == "error: no run '\\x1b[2J\\u202e'\n"
