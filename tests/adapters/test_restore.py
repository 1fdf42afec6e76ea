"""A Bento that was lost is made again, byte for byte."""

import hashlib
from pathlib import Path

import pytest

from adapters.bento import delete_bento
from adapters.channel import bentoml_home
from adapters.ledger import read_ledger
from adapters.repair import problems, repair
from adapters.restore import bento_is_whole, restore_bento
from adapters.standing import observed
from adapters.versions import ReleasedVersion, require_version
from core.channel import model_path
from core.errors import ReleaseError
from core.governance.ledger import Standing
from core.models.card import HTML_FILE
from core.release import GOLDEN_FILE, SCORER_FOLDER
from tests.adapters.changes import Source
from tests.serving import own_bentoml_home

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def version(source: Source) -> ReleasedVersion:
    return require_version("restored", source.release("restored").version)


def released(version: ReleasedVersion, home: Path) -> dict[str, str]:
    """SHA-256 of each file that was released; BentoML's own has a time in it."""
    folder = model_path(home, version.release.model_tag)
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "model.yaml"]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_lost_bento_is_made_again(version: ReleasedVersion) -> None:
    before = released(version, bentoml_home())
    assert {GOLDEN_FILE, HTML_FILE} < before.keys()
    delete_bento(version.bento)
    (found,) = problems("restored")
    assert found.found == f"Bento {version.bento} (production) is not whole on this machine"
    assert repair("restored", "doc") == [f"made Bento {version.bento} again"]
    assert released(version, bentoml_home()) == before
    assert problems("restored") == []


@pytest.mark.parametrize("name", [GOLDEN_FILE, HTML_FILE, f"{SCORER_FOLDER}/scorer.json"])
def test_an_altered_file_is_made_again(version: ReleasedVersion, name: str) -> None:
    before = released(version, bentoml_home())
    file = model_path(bentoml_home(), version.release.model_tag) / name
    file.write_bytes(file.read_bytes() + b" ")
    assert not bento_is_whole(version)
    restore_bento(version)
    assert released(version, bentoml_home()) == before


def test_another_machine_gets_bento_and_channel(version: ReleasedVersion, tmp_path: Path) -> None:
    before = released(version, bentoml_home())
    count = len(read_ledger("restored"))
    with own_bentoml_home(tmp_path / "home") as home:
        assert len(problems("restored")) == 2
        assert len(repair("restored", "doc")) == 2
        assert released(version, home) == before
        assert observed("restored").channel == Standing(production="1")
    assert len(read_ledger("restored")) == count, "what one machine has is no matter of the ledger"


def test_other_bytes_are_never_put_in_its_place(version: ReleasedVersion) -> None:
    golden = version.found.get_artifact("golden")
    assert golden is not None
    (file,) = Path(golden.uri).glob("*.json")
    content = file.read_bytes()
    file.write_bytes(content.replace(b"1e-09", b"1e-08"))
    assert file.read_bytes() != content
    delete_bento(version.bento)
    try:
        with pytest.raises(ReleaseError, match="are not those that were released"):
            restore_bento(version)
    finally:
        file.write_bytes(content)
    assert not bento_is_whole(version)
    restore_bento(version)
    assert bento_is_whole(version)
