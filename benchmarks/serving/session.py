"""A contender that runs and gives right answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.serving.contenders import Contender
from benchmarks.serving.load import Load, Sample, measure, write_bodies
from benchmarks.serving.models import Model
from benchmarks.serving.parity import check_first, check_parity
from benchmarks.serving.servers import Server, post, serving


@dataclass(frozen=True)
class Session:
    """A contender's server.

    Attributes:
        contender: Whose it is.
        model: What it serves.
        server: The server.
        start_seconds: From its start to the first right answer.
    """

    contender: Contender
    model: Model
    server: Server
    start_seconds: float

    def check(self) -> None:
        """Compare its answers with the estimator's; ClickException if they differ."""
        self.server.settle()
        check_parity(self.server, self.contender, self.model)

    def load(self, load: Load, seconds: int) -> Sample:
        """Measure it under a load."""
        api, file = self.contender.api, self.model.folder / "bodies.jsonl"
        return measure(
            self.server, api, load, write_bodies(api, self.model.texts, load, file), seconds
        )

    def ask(self, requests: int) -> None:
        """Ask for one text after another over one connection, in no hurry."""
        api = self.contender.api
        with self.server.connection() as connection:
            for text in self.model.texts[:requests]:
                post(connection, api.one, api.ask_one(text))


@contextmanager
def session(contender: Contender, model: Model, workers: int) -> Iterator[Session]:
    """Start a contender; it and all its processes are gone afterwards.

    Raises:
        click.ClickException: It does not start, or its first answer is wrong.
    """
    with serving(
        contender.name,
        lambda port: contender.launch(port, workers),
        lambda server: check_first(server, contender, model),
        model.folder / "server.log",
    ) as (server, seconds):
        yield Session(contender, model, server, seconds)
