"""Stacks are registered once, changed when their file is, and missed where they are needed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from zenml.client import Client
from zenml.enums import StackComponentType

from core.errors import StackError
from stacks import definition
from stacks.apply import apply_stack, is_registered
from stacks.definition import read_definition
from tests.gatehouse import Trained, run_cli, snapshot, train

pytestmark = pytest.mark.integration

VALIDATOR = StackComponentType.DATA_VALIDATOR


@pytest.fixture
def folder(stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of definitions of the test's own; what it registers is removed."""
    monkeypatch.setattr(definition, "FOLDER", tmp_path)
    yield tmp_path
    client = Client()
    if found := client.list_stacks(name="own", size=1).items:
        client.delete_stack(found[0].id)
    for component in client.list_stack_components(size=100).items:
        if component.name.startswith("own_"):
            client.delete_stack_component(component.id, component.type)


def write(folder: Path, url: str = "http://one:5000", validator: str = "own_validator") -> None:
    tracker = {"tracking_uri": url, "tracking_username": "u", "tracking_password": "p"}
    components = {
        "orchestrator": {"name": "default", "flavor": "local"},
        "artifact_store": {"name": "default", "flavor": "local"},
        "experiment_tracker": {"name": "own_mlflow", "flavor": "mlflow", "configuration": tracker},
        "data_validator": {"name": validator, "flavor": "gatehouse"},
    }
    values = {"name": "own", "components": components}
    (folder / "own.yaml").write_text(yaml.safe_dump(values, sort_keys=False))


def test_the_local_stack_is_there_and_stays(stack: str) -> None:
    assert is_registered(read_definition("local"))
    assert Client().active_stack_model.name == stack
    assert apply_stack("local") == []


def test_a_stack_is_created_then_left_alone(folder: Path) -> None:
    write(folder)
    assert not is_registered(read_definition("own"))
    assert apply_stack("own") == [
        "created experiment_tracker own_mlflow",
        "created data_validator own_validator",
        "created stack own",
    ]
    assert is_registered(read_definition("own"))
    assert apply_stack("own") == []


def test_a_changed_setting_is_updated(folder: Path) -> None:
    write(folder)
    apply_stack("own")
    write(folder, url="http://two:5000")
    assert apply_stack("own") == ["updated experiment_tracker own_mlflow"]
    tracker = Client().get_stack_component(StackComponentType.EXPERIMENT_TRACKER, "own_mlflow")
    assert tracker.configuration["tracking_uri"] == "http://two:5000"
    assert tracker.configuration["tracking_username"] == "u"
    assert apply_stack("own") == []


def test_a_changed_component_is_exchanged(folder: Path) -> None:
    write(folder)
    apply_stack("own")
    write(folder, validator="own_other")
    assert apply_stack("own") == ["created data_validator own_other", "updated stack own"]
    (validator,) = Client().get_stack("own").components[VALIDATOR]
    assert validator.name == "own_other"
    assert apply_stack("own") == []


def test_a_name_of_another_flavor_is_not_touched(folder: Path) -> None:
    write(folder)
    text = (folder / "own.yaml").read_text()
    (folder / "own.yaml").write_text(text.replace("flavor: mlflow", "flavor: wandb"))
    Client().create_stack_component(
        name="own_mlflow",
        flavor="mlflow",
        component_type=StackComponentType.EXPERIMENT_TRACKER,
        configuration={},
    )
    with pytest.raises(StackError) as caught:
        apply_stack("own")
    assert "exists with flavor mlflow, not wandb" in str(caught.value)
    assert "zenml experiment-tracker delete own_mlflow" in str(caught.value)


def test_what_the_list_shows(stack: str) -> None:
    shown = run_cli("stack", "list")
    assert [stack, "active", "stacks/local.yaml"] in [s.split() for s in shown.out.splitlines()]


def test_an_unknown_stack(stack: str) -> None:
    completed = run_cli("stack", "apply", "locl")
    assert completed.code == 2
    assert "known:" in completed.error


def test_on_the_default_stack_the_way_back_is_told(trained: Trained) -> None:
    before, client = snapshot(), Client()
    client.activate_stack("default")
    try:
        for command in (["train", "--config", trained.config], ["status"]):
            completed = run_cli(*command)
            assert completed.code == 1
            assert (
                "the active stack 'default' has no experiment_tracker, model_registry, "
                "data_validator; run 'python run.py stack apply local' and "
                "'zenml stack set gatehouse_local'" in completed.error
            )
        doctor = run_cli("doctor", "--json")
        assert doctor.code == 1
        (broken,) = [check for check in doctor.json["checks"] if not check["ok"]]
        assert broken["name"] == "active stack"
        assert "zenml stack set gatehouse_local" in broken["fix"]
        shown = run_cli("stack", "list")
        assert "zenml stack set gatehouse_local" in shown.out
        fixed = run_cli("doctor", "--fix", "--json").json
        assert fixed["mended"] == ["activated stack gatehouse_local"]
        assert client.active_stack_model.name == "gatehouse_local"
    finally:
        client.activate_stack("gatehouse_local")
    assert snapshot() == before
    assert train(trained.config)["version"] == "1"


def test_the_component_of_the_active_stack_is_ours(stack: str) -> None:
    from adapters.components import data_validator
    from stacks.flavors.data_validator import GatehouseDataValidator

    assert isinstance(data_validator(), GatehouseDataValidator)
