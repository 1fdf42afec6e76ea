"""Fine-tuning by Hugging Face's ``Trainer``: AdamW, linear warm-up and decay (Devlin et al. 2019).

The same data, options, libraries and CPU give the same weights bit for bit. On a GPU the algorithms
are deterministic where torch has such ones; another kind of GPU or CPU gives other last bits.

Source: BERT: Pre-training of Deep Bidirectional Transformers (arXiv:1810.04805).
"""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.models.checkpoints import (
    Files,
    Loaded,
    encode,
    find_checkpoint,
    load_pretrained,
    quiet,
    require_libraries,
    to_files,
)


@dataclass(frozen=True)
class FineTuning:
    """What to fine-tune, and how; see ``core.config.models.TransformerParams``."""

    checkpoint: str
    revision: str | None = None
    epochs: int = 3
    learning_rate: float = 5e-5
    batch_size: int = 16
    max_length: int = 128
    weight_decay: float = 0.01
    warmup_share: float = 0.1
    threads: int = 1
    seed: int = 0


def fine_tune(options: FineTuning, texts: Sequence[str], ids: NDArray[np.int64]) -> Files:
    """Returns the files of the fine-tuned checkpoint.

    Args:
        options: What to fine-tune, and how.
        texts: n texts.
        ids: n class ids, 0 to k - 1, each at least once.

    Raises:
        ConfigError: A library is missing, or there is no such checkpoint.
        DataError: The training diverges.
        SourceUnavailableError: The hub can't be reached.
    """
    require_libraries()
    folder = find_checkpoint(options.checkpoint, options.revision)
    with quiet(), _deterministic(options):
        classes = int(ids.max()) + 1
        loaded = load_pretrained(folder, options.checkpoint, classes, options.max_length)
        encoded = encode(loaded.tokenizer, texts, options.max_length)
        rows = [row | {"labels": int(label)} for row, label in zip(encoded, ids, strict=True)]
        _train(loaded, options, rows)
        return to_files(loaded)


def _train(loaded: Loaded, options: FineTuning, rows: list[dict[str, Any]]) -> None:
    torch, transformers = require_libraries()
    with tempfile.TemporaryDirectory(prefix="gatehouse-trainer-") as folder:
        arguments = transformers.TrainingArguments(
            output_dir=folder,
            num_train_epochs=options.epochs,
            learning_rate=options.learning_rate,
            per_device_train_batch_size=options.batch_size,
            weight_decay=options.weight_decay,
            warmup_steps=options.warmup_share,
            seed=options.seed,
            use_cpu=not torch.cuda.is_available(),
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = transformers.Trainer(
            model=loaded.model,
            args=arguments,
            train_dataset=rows,
            data_collator=transformers.DataCollatorWithPadding(loaded.tokenizer),
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    if not all(torch.isfinite(weight).all() for weight in loaded.model.parameters()):
        raise DataError(
            f"candidates: params.learning_rate: the training diverged with "
            f"{options.learning_rate:g}; lower it"
        )


@contextmanager
def _deterministic(options: FineTuning) -> Iterator[None]:
    """Seeds all generators and asks for deterministic algorithms; puts all back as it was."""
    torch, transformers = require_libraries()
    # Read when cuBLAS starts; without it torch calls its matrix products not deterministic.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(options.threads)
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - Trainer seeds it
    strict = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        with torch.random.fork_rng():
            transformers.set_seed(options.seed)
            torch.use_deterministic_algorithms(True, warn_only=True)
            yield
    finally:
        torch.use_deterministic_algorithms(strict, warn_only=warn_only)
        np.random.set_state(numpy)  # noqa: NPY002
        random.setstate(python)
