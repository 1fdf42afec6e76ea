"""Words by what a class's probability loses without them: for text models that are not linear."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from core.evaluation.evaluation import Weighing
from core.evaluation.weights import heaviest

# A text is asked once for each of its words.
_MOST_ASKED = 4_000
_MOST_WORDS = 100
_WORD = re.compile(r"\w\w+")

Predict = Callable[[Sequence[str]], np.ndarray]


def erase_words(
    predict: Predict, texts: Sequence[str], labels: Sequence[str]
) -> tuple[Weighing, ...]:
    """For each class the words without which texts that are called so are called so less surely.

    The value of a word is the mean loss of the class's probability over all texts called so; a text
    without the word loses nothing.

    Source: Li, Monroe & Jurafsky 2016, "Understanding neural networks through representation
    erasure" (arXiv:1612.08220).

    Args:
        predict: Probabilities, shape (texts, classes).
        texts: Held-out texts; as many of them, in order, as few thousand changed texts are of.
        labels: Class names by id.
    """
    losses: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    rows, asked = np.zeros(len(labels), dtype=int), 0
    for text in texts:
        words = list(dict.fromkeys(_WORD.findall(text.lower())))[:_MOST_WORDS]
        if words and asked < _MOST_ASKED:
            asked += len(words)
            proba = predict([text, *(_without(text, word) for word in words)])
            called = int(proba[0].argmax())
            rows[called] += 1
            for word, loss in zip(words, proba[0, called] - proba[1:, called], strict=True):
                losses[called][word] += loss
    return tuple(
        Weighing(
            method="erasure",
            unit="loss of the class's probability without the word",
            output=labels[called],
            rows=int(rows[called]),
            weights=heaviest(
                list(losses[called]), np.array(list(losses[called].values())) / rows[called]
            ),
        )
        for called in sorted(losses)
    )


def _without(text: str, word: str) -> str:
    return re.sub(rf"\b{re.escape(word)}\b", " ", text, flags=re.IGNORECASE)
