"""The embedded data: synthetic, news-like headlines in four topics.

Everything is made up: templates, words and names are ours, nothing comes from a corpus. It is
there so that a first run needs no network, and it is hard on purpose: topics share words, some
stories mix two topics, and a part of the evidence lies only in word pairs. Accuracies on it say
nothing about news.
"""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from string import Formatter

import pyarrow as pa

from core.data import headline_words as words

TOPICS = tuple(words.TOPICS)

# Shares of the phrases that come from the story's own topic, from no topic and (the rest) from its
# second topic; tuned for a best test accuracy of about 0.9 at 4,000 rows.
_CLEAR = (0.74, 0.18)
_MIXED = (0.42, 0.30)
_MIXED_STORIES = 0.28


def generate_headlines(rows: int, seed: int) -> pa.Table:
    """Generates synthetic headlines, each with a sentence of description.

    The topics are balanced in every block of four rows, and fewer rows with the same seed are the
    first ones of more. Only ``Random.random`` is drawn from, which Python keeps reproducible.

    Args:
        rows: Rows to generate.
        seed: Seed of the generator.

    Returns:
        A table with the string columns ``text`` and ``label`` (a name in ``TOPICS``).
    """
    random = Random(seed)
    labels: list[str] = []
    while len(labels) < rows:
        labels += sorted(TOPICS, key=lambda _: random.random())
    random = Random(seed + 1)
    texts = [_Story(random, label).text() for label in labels[:rows]]
    return pa.table(
        {"text": pa.array(texts, pa.string()), "label": pa.array(labels[:rows], pa.string())}
    )


class _Story(Formatter):
    """One story: fills the slots of templates, mostly with phrases of its own topic."""

    def __init__(self, random: Random, topic: str) -> None:
        self._random = random
        self._topic = topic
        self._second = self._pick([other for other in TOPICS if other != topic])
        self._own, self._neutral = _MIXED if random.random() < _MIXED_STORIES else _CLEAR
        self._fillers: dict[str, Callable[[], str]] = {
            "actor": partial(self._phrase, "actors", words.NEUTRAL_ACTORS),
            "object": partial(self._phrase, "objects", words.NEUTRAL_OBJECTS),
            "setting": partial(self._phrase, "settings", words.NEUTRAL_SETTINGS),
            "verb": lambda: self._pick(words.TOPICS[self._draw_topic()].verbs),
            "pair": self._pair,
            "place": lambda: self._pick(words.PLACE_STARTS) + self._pick(words.PLACE_ENDS),
            "firm": lambda: self._pick(words.FIRM_STARTS) + self._pick(words.FIRM_ENDS),
            "person": lambda: f"{self._pick(words.FIRST_NAMES)} {self._pick(words.LAST_NAMES)}",
            "quote": lambda: self._pick(words.QUOTES),
            "day": lambda: self._pick(words.DAYS),
            "agency": lambda: self._pick(words.AGENCIES),
            "year": lambda: str(self._integer(1961, 2004)),
            "number": lambda: f"{self._integer(1, 390) / 10:g}",
            "count": lambda: f"{self._integer(200, 90_000):,}",
            "count2": lambda: str(self._integer(3, 30)),
            "digit": lambda: str(self._integer(4, 9)),
        }

    def text(self) -> str:
        """The headline and its description."""
        headline = self._fill(self._pick(words.HEADLINES))
        description = self._fill(self._pick(words.DESCRIPTIONS))
        return f"{headline[0].upper()}{headline[1:]}. {description[0].upper()}{description[1:]}"

    def get_value(self, key: int | str, args: Sequence[object], kwargs: object) -> str:
        return self._fillers[str(key)]()

    def _fill(self, template: str) -> str:
        return self.vformat(template, (), {})

    def _pick(self, items: Sequence[str]) -> str:
        return items[int(self._random.random() * len(items))]

    def _integer(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def _draw_topic(self) -> str:
        own = self._own / (1 - self._neutral)
        return self._topic if self._random.random() < own else self._second

    def _phrase(self, slot: str, neutral: Sequence[str]) -> str:
        if self._random.random() < self._neutral:
            return self._fill(self._pick(neutral))
        return self._fill(self._pick(getattr(words.TOPICS[self._draw_topic()], slot)))

    def _pair(self) -> str:
        """Two words whose pairing, not the words, tells the topic."""
        head = int(self._random.random() * len(words.HEADS))
        block = TOPICS.index(self._draw_topic()) - head
        modifier = block % len(TOPICS) + len(TOPICS) * int(self._random.random() * 2)
        return f"{words.MODIFIERS[modifier]} {words.HEADS[head]}"
