from pathlib import Path

import pytest

from core.errors import ConfigError
from stacks import definition
from stacks.definition import FLAVORS, available, read_definition


def test_the_shipped_stacks() -> None:
    stacks = available()
    assert "local" in stacks
    assert stacks["local"] == read_definition("local")
    assert len({item.name for item in stacks.values()}) == len(stacks)
    for item in stacks.values():
        required = {"orchestrator", "artifact_store", "experiment_tracker", "model_registry"}
        assert item.components.keys() >= required | {"data_validator"}
        assert item.components["data_validator"].flavor in FLAVORS


def test_an_unknown_stack() -> None:
    with pytest.raises(ConfigError, match=r"'locl': there is no stacks/locl\.yaml; known:.*local"):
        read_definition("locl")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "while parsing"),
        ("name: x", "components Field required"),
        ("name: x\ncomponents: {}\nmore: 1", "more Extra inputs are not permitted"),
        ("name: x\ncomponents: {orchestrator: {name: a}}", "flavor Field required"),
        ("", "StackDefinition"),
    ],
)
def test_a_file_that_is_no_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setattr(definition, "FOLDER", tmp_path)
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_definition("bad")
    assert str(caught.value).startswith("stacks/bad.yaml: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
