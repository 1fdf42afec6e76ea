"""What a change has made before it switches: all of it carries the transaction's id."""

from adapters.bento import delete_bento
from adapters.card import discard_card
from adapters.channel import bentoml_home
from adapters.registry import delete_versions

STORES = ("models", "bentos")


def discard(name: str, transaction: str) -> None:
    """Delete what a transaction has prepared, wherever it was stopped."""
    for tag in _tags(name, transaction):
        delete_bento(tag)
    discard_card(name, transaction)
    delete_versions(name, transaction)


def _tags(name: str, transaction: str) -> set[str]:
    # Folders, not BentoML's list: it can't read one that was half written.
    home = bentoml_home()
    folders = (f for store in STORES for f in (home / store / name).glob(f"*-{transaction}"))
    return {f"{name}:{folder.name}" for folder in folders}
