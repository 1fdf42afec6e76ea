"""A channel as a test wants it, whatever it told before."""

from adapters.channel import Told, update_channel
from core.release import Release


def write_channel(name: str, champion: Release | None, challenger: Release | None) -> None:
    """Tell services of both."""
    update_channel(name, lambda _: Told(champion, challenger))
