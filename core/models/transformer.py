"""A pretrained transformer, fine-tuned on texts, as a scikit-learn classifier.

Needs torch and transformers (``make setup EXTRAS=transformers``), which are imported when it fits
or answers. It answers in float64 and one text at a time, without padding: a text's probabilities do
not depend on the texts beside it, and on another CPU or a GPU they differ by less than 1e-9, the
tolerance of parity and golden answers. In float32 they would differ by 1e-6. That costs three times
the time.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from core.models.checkpoints import Loaded, encode, from_files, require_libraries
from core.models.fine_tuning import FineTuning, fine_tune

FloatArray = NDArray[np.float64]


class TransformerClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fits a head, and all layers below it, of a checkpoint; see ``core.models.fine_tuning``.

    Attributes:
        classes_: Sorted, shape (classes,).
        files_: The fine-tuned checkpoint's files by name. They are all that a pickle holds, so the
            same fit gives the same bytes, and no torch object is pickled.
    """

    _loaded: Loaded | None = None

    def __init__(self, options: FineTuning) -> None:
        self.options = options

    def fit(self, texts: Sequence[str], y: Any) -> Self:
        """Fine-tunes on n texts and their n classes.

        Raises:
            ConfigError: A library is missing, or there is no such checkpoint.
            DataError: The training diverges.
            SourceUnavailableError: The hub can't be reached.
        """
        self.classes_, ids = np.unique(y, return_inverse=True)
        self.files_ = fine_tune(self.options, texts, ids)
        self._loaded = None
        return self

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Returns class probabilities, shape (len(texts), classes).

        Raises:
            ConfigError: A library is missing.
        """
        probabilities = np.empty((len(texts), len(self.classes_)))
        for row, text in enumerate(texts):
            probabilities[row] = self._answer(self._load(), text)
        return probabilities

    def predict(self, texts: Sequence[str]) -> Any:
        """Returns the most probable class of each text."""
        return self.classes_[self.predict_proba(texts).argmax(axis=1)]

    @property
    def words(self) -> list[str]:
        """The words that are tokens of their own, sorted."""
        tokenizer = self._load().tokenizer
        decoded = tokenizer.batch_decode([[token] for token in tokenizer.get_vocab().values()])
        special = set(tokenizer.all_special_tokens)
        return sorted({word.strip() for word in decoded if word.strip().isalpha()} - special)

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_loaded"}

    def _load(self) -> Loaded:
        if self._loaded is None:
            self._loaded = from_files(self.files_)
        return self._loaded

    def _answer(self, loaded: Loaded, text: str) -> FloatArray:
        torch, _ = require_libraries()
        torch.set_num_threads(self.options.threads)
        (inputs,) = encode(loaded.tokenizer, [text], self.options.max_length)
        device = loaded.model.device
        tensors = {name: torch.tensor([values], device=device) for name, values in inputs.items()}
        with torch.inference_mode():
            logits = loaded.model(**tensors).logits[0]
            probabilities: FloatArray = torch.softmax(logits, dim=0).cpu().numpy()
        return probabilities
