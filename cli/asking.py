"""The questions of ``init-config`` on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.terminal import Terminal, shown

if TYPE_CHECKING:
    from core.profile.columns import Column
    from core.profile.target import Candidate
    from core.profile.task import Verdict

_SHOWN = 15


class TerminalAsker:
    """Asks whoever sits there; see ``core.profile.choices.Asker``. Ctrl-C ends the command."""

    def __init__(self, terminal: Terminal) -> None:
        self._console = terminal.err

    def target(self, ranked: "Sequence[Candidate]") -> str:
        """The name of the column to predict, chosen by number or name."""
        names = [candidate.name for candidate in ranked]
        for number, candidate in enumerate(ranked[:_SHOWN], start=1):
            line = shown(f"{candidate.name} ({candidate.why})")
            self._console.print(f"  {number:>2}  {line}", soft_wrap=True)
        while True:
            typed = self._typed("which column is to be predicted? its number or name:")
            if typed in names:
                return typed
            if typed.isdecimal() and 0 < int(typed) <= len(names):
                return names[int(typed) - 1]
            self._console.print(f"[red]there is no {shown(repr(typed))}[/]")

    def classes(self, target: "Column", verdict: "Verdict") -> bool:
        """Whether the target is a class."""
        self._console.print(shown(f"{target.name} has {verdict.why}"), soft_wrap=True)
        while True:
            typed = self._typed("is it a class or a quantity? [c/q]").lower()
            if typed in ("c", "class", "q", "quantity"):
                return typed.startswith("c")

    def _typed(self, question: str) -> str:
        try:
            return self._console.input(f"[bold]{shown(question)}[/] ").strip()
        except EOFError as error:
            raise KeyboardInterrupt from error
