"""A model card as two files beside a model: ``card.html`` and ``card.md``."""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.errors import GatehouseError

HTML_FILE, MARKDOWN_FILE = "card.html", "card.md"


class Card(BaseModel):
    """One text in two forms, each complete in itself."""

    model_config = ConfigDict(frozen=True)

    html: str
    markdown: str


def save_card(card: Card, folder: Path) -> None:
    """Writes both files as UTF-8 into ``folder``, which exists."""
    for name, content in _files(card).items():
        (folder / name).write_bytes(content)


def load_card(folder: Path, digest: str) -> Card:
    """Reads what ``save_card`` wrote.

    Raises:
        GatehouseError: A file is missing, or they are not those of ``digest``.
    """
    try:
        html, markdown = ((folder / name).read_bytes() for name in (HTML_FILE, MARKDOWN_FILE))
    except OSError as error:
        raise GatehouseError(
            f"the model card in {folder} can't be read ({error.strerror}); release the model again"
        ) from error
    if (found := _digest({HTML_FILE: html, MARKDOWN_FILE: markdown})) != digest:
        raise GatehouseError(
            f"the model card in {folder} was altered: SHA-256 is {found}, the release says {digest}"
        )
    return Card(html=html.decode(), markdown=markdown.decode())


def card_digest(card: Card) -> str:
    """Returns the SHA-256 (hex) that names the exact bytes of both files.

    In a shell, in the folder: ``sha256sum card.html card.md | sha256sum``.
    """
    return _digest(_files(card))


def _files(card: Card) -> dict[str, bytes]:
    return {HTML_FILE: card.html.encode(), MARKDOWN_FILE: card.markdown.encode()}


def _digest(files: dict[str, bytes]) -> str:
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()
