"""The user's streams and those of the libraries are kept apart, and put back."""

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
