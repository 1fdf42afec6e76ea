import subprocess

import pytest

from core.errors import GatehouseError
from core.models.card import HTML_FILE, MARKDOWN_FILE, Card, card_digest, load_card, save_card

CARD = Card(html="<p>Schlüssel</p>\n", markdown="# Schlüssel\n")


def test_what_was_saved_is_read(tmp_path):
    save_card(CARD, tmp_path)
    assert load_card(tmp_path, card_digest(CARD)) == CARD
    assert {file.name for file in tmp_path.iterdir()} == {"card.html", "card.md"}


def test_the_digest_is_what_a_shell_says(tmp_path):
    save_card(CARD, tmp_path)
    command = "sha256sum card.html card.md | sha256sum"
    said = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True)
    assert said.stdout.decode().split()[0] == card_digest(CARD)


@pytest.mark.parametrize("name", [HTML_FILE, MARKDOWN_FILE])
def test_an_altered_or_missing_file_is_noticed(tmp_path, name):
    save_card(CARD, tmp_path)
    file = tmp_path / name
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(GatehouseError, match="was altered: SHA-256 is"):
        load_card(tmp_path, card_digest(CARD))
    file.unlink()
    with pytest.raises(GatehouseError, match="can't be read") as caught:
        load_card(tmp_path, card_digest(CARD))
    assert "\n" not in str(caught.value)


def test_swapped_files_are_another_card():
    assert card_digest(Card(html="a", markdown="b")) != card_digest(Card(html="b", markdown="a"))
