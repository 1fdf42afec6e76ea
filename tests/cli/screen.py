"""A pseudo-terminal with somebody in front of it."""

import os
import pty
import select
import time
from multiprocessing.process import BaseProcess
from types import TracebackType


class Screen:
    """What a process wrote, and a keyboard."""

    def __init__(self) -> None:
        self._keyboard, self._slave = pty.openpty()
        self.name, self.text = os.ttyname(self._slave), ""
        self._process: BaseProcess | None = None

    def __enter__(self) -> "Screen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._read(0.1)
        os.close(self._keyboard)
        os.close(self._slave)

    def watch(self, process: BaseProcess) -> None:
        """Stop waiting when this process has ended."""
        self._process = process

    def wait_for(self, words: str, seconds: float = 90) -> None:
        """Until the words stand there once more."""
        start, deadline = len(self.text), time.monotonic() + seconds
        while words not in self.text[start:]:
            assert time.monotonic() < deadline, self.text
            assert self._process is None or self._process.is_alive(), self.text
            self._read(0.2)

    def type(self, words: str) -> None:
        """Words as typed; add the line's end yourself."""
        os.write(self._keyboard, words.encode())

    def finish(self, seconds: float = 90) -> None:
        """Until the process has ended; whoever writes must be read."""
        deadline = time.monotonic() + seconds
        while self._process is not None and self._process.is_alive():
            assert time.monotonic() < deadline, self.text
            self._read(0.2)

    def _read(self, seconds: float) -> None:
        while select.select([self._keyboard], [], [], seconds)[0]:
            self.text += os.read(self._keyboard, 65536).decode("utf-8", "replace")
            seconds = 0
