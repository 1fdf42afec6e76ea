"""Pretrained transformers: found in a folder or on the Hugging Face hub, read and written.

Imports neither torch nor transformers before they are needed.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from core.errors import ConfigError, SourceUnavailableError

KEY = "candidates: params.checkpoint"
# All that a checkpoint needs, and no copies of its weights for other frameworks.
_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
_OLD_WEIGHTS = "pytorch_model*.bin"
_HUB_TIMEOUT_S = 3.0

Files = dict[str, bytes]


class Loaded(NamedTuple):
    """A model for sequence classification and its tokenizer."""

    model: Any
    tokenizer: Any


def require_libraries() -> tuple[ModuleType, ModuleType]:
    """Returns ``torch`` and ``transformers``.

    Raises:
        ConfigError: One is not installed.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise ConfigError(
            f"candidates: model transformer needs {error.name}, of the extra transformers: "
            "make setup EXTRAS=transformers"
        ) from error
    return torch, transformers


def find_checkpoint(checkpoint: str, revision: str | None) -> Path:
    """Returns the folder of a checkpoint; what is on the hub comes into the hub's cache.

    A folder goes before a name on the hub. Where the hub does not answer, or ``HF_HUB_OFFLINE`` is
    set, the cache alone is asked.

    Raises:
        ConfigError: There is no such folder, repository or revision.
        SourceUnavailableError: The hub can't be reached, and the cache does not have it.
    """
    folder = Path(checkpoint).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or checkpoint.startswith((".", "~")) or checkpoint.count("/") > 1:
        raise ConfigError(f"{KEY}: no folder {checkpoint!r}; check the path")
    return _download(checkpoint, revision)


def _download(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    fetch = partial(
        snapshot_download,
        name,
        revision=revision,
        ignore_patterns=["*/*"],
        etag_timeout=_HUB_TIMEOUT_S,
    )
    try:
        folder = fetch(allow_patterns=_FILES)
        if any(Path(folder).glob("*.safetensors")):
            return Path(folder)
        return Path(fetch(allow_patterns=[*_FILES, _OLD_WEIGHTS]))
    except GatedRepoError as error:
        raise ConfigError(
            f"{KEY}: {name!r} is gated: accept its terms on the hub, then log in with: "
            "hf auth login"
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ConfigError(
            f"{KEY}: neither a folder nor a model on the hub is named {name!r}: check the "
            "spelling, or log in with: hf auth login, if it is private"
        ) from error
    except RevisionNotFoundError as error:
        raise ConfigError(
            f"candidates: params.revision: {name} has no revision {revision!r}: give a commit, "
            "tag or branch, or null for the newest"
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise SourceUnavailableError(
            f"{KEY}: can't get {name!r} from the hub, and its cache does not have it "
            f"({_one_line(error)}): check the connection, or give the folder of a checkpoint"
        ) from error


def load_pretrained(folder: Path, name: str, classes: int, max_length: int) -> Loaded:
    """Reads a checkpoint to be fine-tuned, with a head for ``classes`` of its own or a new one.

    Args:
        folder: Of the checkpoint.
        name: What the config calls it.
        classes: How many the head tells apart.
        max_length: Tokens of the longest text.

    Raises:
        ConfigError: It can't be read as one, or takes no texts so long.
    """
    torch, transformers = require_libraries()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        model = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder,
            num_labels=classes,
            ignore_mismatched_sizes=True,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
        )
    # Whatever reads a broken file raises its own: OSError, ValueError, SafetensorError, ...
    except Exception as error:
        raise ConfigError(
            f"{KEY}: {name!r} can't be read as a text classifier ({_one_line(error)}); give a "
            "checkpoint with config.json, weights and tokenizer files"
        ) from error
    _check_length(model, tokenizer, name, max_length)
    if tokenizer.pad_token is None:  # as of GPT-2: any known token will do, it is masked
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    model.config.pad_token_id = tokenizer.pad_token_id
    return Loaded(model, tokenizer)


def encode(tokenizer: Any, texts: Sequence[str], max_length: int) -> list[dict[str, list[int]]]:
    """Returns the model's inputs for each text, at least one token long.

    Args:
        tokenizer: Of ``Loaded``.
        texts: Any; a lone surrogate counts as a question mark.
        max_length: Most tokens; what follows is cut off.
    """
    known = [text.encode("utf-8", "replace").decode() for text in texts]
    encoded = tokenizer(known, truncation=True, max_length=max_length)
    # A tokenizer that adds no tokens of its own finds none in an empty text.
    empty = {name: [0] for name in encoded} | {
        "input_ids": [tokenizer.pad_token_id],
        "attention_mask": [1],
    }
    rows = ({name: encoded[name][row] for name in encoded} for row in range(len(known)))
    return [row if row["input_ids"] else empty for row in rows]


def to_files(loaded: Loaded) -> Files:
    """Returns a checkpoint's files by name; the same weights give the same bytes."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-checkpoint-") as name:
        loaded.model.save_pretrained(name)
        loaded.tokenizer.save_pretrained(name)
        files = sorted(path for path in Path(name).rglob("*") if path.is_file())
        return {path.relative_to(name).as_posix(): path.read_bytes() for path in files}


def from_files(files: Mapping[str, bytes]) -> Loaded:
    """Reads what ``to_files`` wrote, ready to answer, in float64.

    Raises:
        ConfigError: A library is missing.
    """
    torch, transformers = require_libraries()
    with tempfile.TemporaryDirectory(prefix="gatehouse-checkpoint-") as name, quiet():
        for path, content in files.items():
            (Path(name) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / path).write_bytes(content)
        classifier = transformers.AutoModelForSequenceClassification
        model = classifier.from_pretrained(name, local_files_only=True, dtype=torch.float32)
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, local_files_only=True)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return Loaded(model.to(device, torch.float64).eval(), tokenizer)


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars, and errors alone, from transformers while inside."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _check_length(model: Any, tokenizer: Any, name: str, max_length: int) -> None:
    positions = getattr(model.config, "max_position_embeddings", None)
    longest = min(tokenizer.model_max_length, positions or tokenizer.model_max_length)
    if max_length > longest:
        raise ConfigError(
            f"candidates: params.max_length: {name} takes {longest} tokens, not {max_length}; "
            "lower it"
        )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
