"""Commands in processes of their own: at the same time, killed, or on a terminal."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from multiprocessing.synchronize import Barrier
from typing import Any

from tests.processes import processes

_PATIENCE = 120  # seconds


def together(place: str, commands: Sequence[Sequence[object]]) -> list[int | None]:
    """Run commands at once, each held before its first call of a function; their exit codes."""
    barrier = processes.Barrier(len(commands))
    return _codes(_run_held, [(place, barrier, command) for command in commands])


def killed(place: str, command: Sequence[object]) -> None:
    """Run a command that dies, by a real SIGKILL, when it calls a function."""
    assert _codes(_run_killed, [(place, command)]) == [-signal.SIGKILL]


def held(place: str, command: Sequence[object]) -> Callable[[], int | None]:
    """Start a command that stops at a function; calling the result lets it go on and end."""
    barrier = processes.Barrier(2)
    process = processes.Process(target=_run_stopped, args=(place, barrier, command))
    process.start()
    barrier.wait(_PATIENCE)

    def finish() -> int | None:
        barrier.wait(_PATIENCE)
        process.join(_PATIENCE)
        return process.exitcode

    return finish


def on_terminal(command: Sequence[object], typed: Callable[[Any], None]) -> tuple[int | None, str]:
    """Run a command on a pseudo-terminal while ``typed`` answers; its exit code and screen."""
    from tests.cli.screen import Screen

    with Screen() as screen:
        process = processes.Process(target=_run_on, args=(screen.name, command))
        process.start()
        screen.watch(process)
        typed(screen)
        process.join(_PATIENCE)
    return process.exitcode, screen.text


def _codes(target: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> list[int | None]:
    started = [processes.Process(target=target, args=each) for each in arguments]
    for process in started:
        process.start()
    for process in started:
        process.join(_PATIENCE)
    return [process.exitcode for process in started]


def _run_held(place: str, barrier: Barrier, command: Sequence[object]) -> None:
    _before(place, lambda: barrier.wait(_PATIENCE))
    _run(command)


def _run_stopped(place: str, barrier: Barrier, command: Sequence[object]) -> None:
    def stop() -> None:
        barrier.wait(_PATIENCE)  # here it is
        barrier.wait(_PATIENCE)  # and on

    _before(place, stop)
    _run(command)


def _run_killed(place: str, command: Sequence[object]) -> None:
    _before(place, lambda: os.kill(os.getpid(), signal.SIGKILL))
    _run(command)


def _run_on(terminal: str, command: Sequence[object]) -> None:
    os.environ["TERM"] = "dumb"  # words without colours between them
    os.setsid()  # the terminal becomes this process's own, so that its Ctrl-C is a signal
    descriptor = os.open(terminal, os.O_RDWR)
    for number in range(3):
        os.dup2(descriptor, number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.argv = ["run.py", *map(str, command)]
    from cli.main import main

    os._exit(main())


def _run(command: Sequence[object]) -> None:
    from tests.gatehouse import run_cli

    completed = run_cli(*command)
    sys.stderr.write(completed.err)
    raise SystemExit(completed.code)


def _before(place: str, act: Callable[[], Any]) -> None:
    """Call ``act`` before the first call of a function."""
    module, _, name = place.partition(":")
    owner, acts = import_module(module), [act]
    original = getattr(owner, name)

    def call(*arguments: Any, **options: Any) -> Any:
        if acts:
            acts.pop()()
        return original(*arguments, **options)

    setattr(owner, name, call)
