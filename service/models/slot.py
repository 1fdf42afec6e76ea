"""Who answers under one model name: the champion, and a challenger beside it."""

import logging
import threading
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from core.models.scorer.protocol import MemberExplanation
from core.serving import Traffic
from service.events import Events, Served
from service.models.loaded import LoadedModel

logger = logging.getLogger(__name__)
REMEMBERED_VERSIONS = 16
SHOWN = 8
Role = Literal["champion", "challenger"]


class Choice(NamedTuple):
    """Who answers a request, as what, and who is asked without being answered with."""

    model: LoadedModel
    role: Role
    shadow: LoadedModel | None = None


class ShadowAnswer(NamedTuple):
    """A class and its probability, or a quantity."""

    version: str | None = None
    label_id: int | None = None
    confidence: float | None = None
    value: float | None = None


NO_SHADOW = ShadowAnswer()


class _Standing:
    """What is decided once per change instead of once per request."""

    def __init__(
        self, champion: LoadedModel, challenger: LoadedModel | None, traffic: Traffic
    ) -> None:
        self.champion = champion
        self.challenger = challenger
        self.traffic = traffic
        self.usual = Choice(champion, "champion", challenger if traffic.mode == "shadow" else None)
        is_split = challenger is not None and traffic.mode == "split"
        self.other = Choice(challenger, "challenger") if challenger and is_split else None
        self.bound = round(traffic.percent / 100 * 2**64)


class Slot:
    """The models of one name; every change is the assignment of one reference.

    Attributes:
        name: The model's name.
        released: The version that is released now, if another one answers.
    """

    released: str | None = None

    def __init__(self, champion: LoadedModel, traffic: Traffic, events: Events) -> None:
        self.name = champion.name
        self._events = events
        self._standing = _Standing(champion, None, traffic)
        self._labels: dict[str, tuple[str, ...]] = {}
        self._tell(champion, None)
        self._refusals: dict[str, str] = {}
        self._changing = threading.Lock()

    @property
    def champion(self) -> LoadedModel:
        """Who answers when nothing else is said."""
        return self._standing.champion

    @property
    def challenger(self) -> LoadedModel | None:
        """Who stands beside the champion."""
        return self._standing.challenger

    @property
    def traffic(self) -> Traffic:
        """Who of them gets which requests."""
        return self._standing.traffic

    @property
    def refused(self) -> str | None:
        """Why what is released is not what is served, in one line; None when it is."""
        return "; ".join(self._refusals.values()) or None

    def labels_of(self, version: str) -> tuple[str, ...] | None:
        """Class names by id of a version that answered lately; None if it is too long ago.

        They are empty where it predicts a quantity.
        """
        return self._labels.get(version)

    def choose(self, request_id: str) -> Choice:
        """Who answers a request: the same one for the same id, as long as nothing changes."""
        standing = self._standing
        if standing.other is None or request_hash(request_id) >= standing.bound:
            return standing.usual
        return standing.other

    def predict(self, choice: Choice, item: Any) -> list[float] | None:
        """Ask who was chosen; None if that is a challenger that failed, which has left now."""
        if choice.role == "champion":
            return choice.model.predict(item)
        rows = self._ask(choice.model, lambda: [choice.model.predict(item)])
        return None if rows is None else rows[0]

    def predict_batch(self, choice: Choice, items: Sequence[Any]) -> list[list[float]] | None:
        """Ask for several answers; see ``predict``."""
        if choice.role == "champion":
            return choice.model.predict_batch(items)
        return self._ask(choice.model, lambda: choice.model.predict_batch(items))

    def explain(
        self, choice: Choice, item: Any, output_id: int
    ) -> tuple[MemberExplanation, ...] | None:
        """Why an output got its score; None if the model can't tell or, as a challenger, fails."""
        try:
            return choice.model.explain(item, output_id)
        except Exception as error:
            if choice.role == "champion":
                raise
            logger.exception("%s: challenger %s failed", self.name, choice.model.version)
            self.withdraw(choice.model, f"{type(error).__name__}: {error}")
            return None

    def ask_shadow(self, shadow: LoadedModel | None, item: Any) -> ShadowAnswer:
        """What a shadow says of what was asked; nothing if there is none, it fails or has left."""
        rows = self._ask(shadow, lambda: [shadow.predict(item)]) if shadow else None
        if shadow is None or rows is None:
            return NO_SHADOW
        best = max(rows[0])
        if not shadow.labels:
            return ShadowAnswer(shadow.version, value=best)
        return ShadowAnswer(shadow.version, rows[0].index(best), best)

    def withdraw(self, challenger: LoadedModel, reason: str) -> None:
        """Take a challenger that fails out of the traffic, unless it has gone already."""
        with self._changing:
            standing = self._standing
            if standing.challenger is not challenger:
                return
            self._standing = _Standing(standing.champion, None, standing.traffic)
        self._tell(standing.champion, None)
        self.refuse("challenger", f"challenger {challenger.version} was withdrawn: {reason}")

    def place(self, champion: LoadedModel, challenger: LoadedModel | None) -> None:
        """Answer with these from now on; requests in progress end with those they began with."""
        if challenger is not None and (reason := unlike(champion, challenger)):
            self.refuse("challenger", reason)
            challenger = None
        self._tell(champion, challenger)
        with self._changing:
            self._standing = _Standing(champion, challenger, self._standing.traffic)

    def direct(self, traffic: Traffic) -> None:
        """Share the requests like this from now on."""
        with self._changing:
            standing = self._standing
            if traffic != standing.traffic:
                self._standing = _Standing(standing.champion, standing.challenger, traffic)

    def refuse(self, what: str, reason: str) -> None:
        """Say loudly that something released is not served."""
        with self._changing:
            self._refusals = self._refusals | {what: " ".join(reason.split())}
        logger.error("%s: %s; %s goes on", self.name, reason, self.champion.version)
        self._events.reload(self.name, "refused")

    def clear_refusals(self) -> None:
        """Forget them, before what is released is looked at again."""
        self._refusals = {}

    def _tell(self, champion: LoadedModel, challenger: LoadedModel | None) -> None:
        for model in filter(None, (champion, challenger)):
            self._labels.pop(model.version, None)
            self._labels[model.version] = model.labels
        while len(self._labels) > REMEMBERED_VERSIONS:
            del self._labels[next(iter(self._labels))]
        served = [Served(champion.release, "champion", champion.labels)]
        if challenger is not None:
            served.append(Served(challenger.release, "challenger", challenger.labels))
        self._events.serving(self.name, served)

    def _ask(
        self, challenger: LoadedModel, ask: Callable[[], list[list[float]]]
    ) -> list[list[float]] | None:
        if challenger is not self.challenger:
            return None
        try:
            rows = ask()
        except Exception as error:
            # Whatever it is, it must not reach the client: the champion can answer.
            logger.exception("%s: challenger %s failed", self.name, challenger.version)
            self.withdraw(challenger, f"{type(error).__name__}: {error}")
            return None
        for row in rows:
            if not challenger.is_answer(row):
                what = "distribution" if challenger.labels else "finite number"
                self.withdraw(challenger, f"its answer is no {what}: {row}")
                return None
        return rows


def unlike(champion: LoadedModel, challenger: LoadedModel) -> str | None:
    """Why a challenger can't answer the champion's requests with the like; None if it can."""
    ours, theirs = ({f.name: f for f in model.features} for model in (champion, challenger))
    who, other = f"challenger {challenger.version}", f"champion {champion.version}"
    if challenger.labels != champion.labels:
        has, had = (", ".join(model.labels) or "none" for model in (challenger, champion))
        return f"{who} has the labels {has}, {other} has {had}"
    if challenger.target != champion.target:
        return f"{who} predicts {challenger.target}, {other} {champion.target}"
    if ours.keys() != theirs.keys():
        names = sorted(ours.keys() ^ theirs.keys())
        return f"{who} and {other} take other columns: only one of them takes {_some(names)}"
    for name, feature in theirs.items():
        if feature.kind != ours[name].kind:
            return f"{who} takes {name} as a {feature.kind}, {other} as a {ours[name].kind}"
    if needed := [name for name in ours if ours[name].nullable and not theirs[name].nullable]:
        return f"{who} needs {_some(needed)} in every row, {other} does not"
    return None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def request_hash(request_id: str) -> int:
    """64 bits, uniform over request ids; not those by which the prediction log samples."""
    digest = blake2b(request_id.encode(), digest_size=8, person=b"traffic").digest()
    return int.from_bytes(digest)
