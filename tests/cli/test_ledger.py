"""A ledger in real stores: what somebody does to it is named, stops all writing, and is mended."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from zenml.client import Client
from zenml.enums import StackComponentType

from adapters.components import model_registry
from adapters.ledger import append, check_ledger, load_record, read_ledger
from adapters.ledger_store import artifact_name, create
from adapters.witness import experiment_name
from core.errors import LedgerError
from core.governance.gate import demands
from core.governance.ledger import Draft, Entry, Standing, seal
from tests.core.governance.ledgers import chain, witnessed
from tests.gatehouse import run_cli

pytestmark = pytest.mark.integration

Tamper = Callable[[str], None]


def submission(by: str = "ann") -> Draft:
    """Of a run of its own."""
    return Draft(action="submission", by=by, reason="as good as it gets", run=str(uuid4()))


@pytest.fixture
def model(stack: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A ledger of the test's own with four entries; damaged or not, it is gone afterwards."""
    name = "".join(c if c.isalnum() else "_" for c in request.node.name)
    for _ in range(4):
        append(name, submission())
    yield name
    for artifact in Client().list_artifacts(name=artifact_name(name)).items:
        Client().delete_artifact(artifact.id)


def version(model: str, number: int) -> Any:
    return Client().get_artifact_version(artifact_name(model), str(number))


def file_of(model: str, number: int) -> Path:
    return Path(version(model, number).uri) / "data.json"


def edit(model: str, number: int, **values: str) -> None:
    file = file_of(model, number)
    file.write_text(json.dumps(json.loads(file.read_bytes()) | values), encoding="utf-8")


def remove(model: str, *numbers: int) -> None:
    for number in numbers:
        Client().delete_artifact_version(version(model, number).id, delete_from_artifact_store=True)


def swap(model: str, one: int, other: int) -> None:
    first, second = file_of(model, one), file_of(model, other)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


def rewrite(model: str) -> None:
    """The whole chain anew with valid hashes, and somebody else as the one who did it."""
    forged = chain([submission("eve") for _ in range(4)], model)
    for entry in forged:
        file_of(model, entry.number).write_text(json.dumps(entry.stored()), encoding="utf-8")


def tell_mlflow(model: str, number: int, digest: str) -> None:
    client = model_registry().mlflow_client
    experiment = client.get_experiment_by_name(experiment_name(model)).experiment_id
    client.set_experiment_tag(experiment, f"ledger.{number}", digest)


def forget_witness(model: str, *numbers: int) -> None:
    client = model_registry().mlflow_client
    experiment = client.get_experiment_by_name(experiment_name(model)).experiment_id
    for number in numbers:
        client.delete_experiment_tag(experiment, f"ledger.{number}")


def lose_mlflow(model: str) -> None:
    """As after its database was lost: nobody has heard of the model."""
    client = model_registry().mlflow_client
    experiment = client.get_experiment_by_name(experiment_name(model)).experiment_id
    client.rename_experiment(experiment, f"lost-{model}")


TAMPERINGS: dict[str, tuple[Tamper, list[int]]] = {
    "a field": (lambda model: edit(model, 2, by="eve"), [2]),
    "the hash": (lambda model: edit(model, 2, hash="0" * 64), [2]),
    "an emptied file": (lambda model: file_of(model, 3).write_bytes(b"") and None, [3]),
    "a lost file": (lambda model: file_of(model, 3).unlink(), [3]),
    "a removed entry": (lambda model: remove(model, 2), [2]),
    "the last one removed": (lambda model: remove(model, 4), [4]),
    "all removed": (lambda model: remove(model, 1, 2, 3, 4), [1, 2, 3, 4]),
    "two swapped": (lambda model: swap(model, 1, 3), [1, 3]),
    "the chain rewritten": (rewrite, [1, 2, 3, 4]),
    "a witness removed": (lambda model: forget_witness(model, 2), [2]),
    "the last two witnesses removed": (lambda model: forget_witness(model, 3, 4), [3, 4]),
    "MLflow's database lost": (lose_mlflow, [1, 2, 3, 4]),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_named_and_mended(model: str, tmp_path: Path, what: str) -> None:
    export = tmp_path / "ledger.json"
    assert run_cli("ledger", "export", model, "--output", export).code == 0
    before = read_ledger(model)
    tamper, numbers = TAMPERINGS[what]
    tamper(model)

    verified = run_cli("ledger", "verify", model, "--json")
    assert verified.code == 1
    assert [finding["number"] for finding in verified.json["findings"]] == numbers
    assert f"ledger restore {model} --from" in run_cli("ledger", "verify", model).out
    with pytest.raises(LedgerError, match=rf"entry {numbers[0]}\b.*ledger verify {model}"):
        append(model, submission())
    refused = run_cli("ledger", "export", model, "--output", export)
    assert refused.code == 1
    assert f"entry {numbers[0]}" in refused.error

    restored = run_cli("ledger", "restore", model, "--from", export, "--by", "ann")
    assert restored.code == 0, restored.out + restored.err
    *entries, repair = read_ledger(model)
    assert entries == before
    assert (repair.action, repair.by) == ("repair", "ann")
    assert set(" ".join(repair.details.values()).split()) == set(map(str, numbers))
    assert check_ledger(model)[1] == []
    append(model, submission())


def test_a_damaged_file_is_kept(model: str, tmp_path: Path) -> None:
    export = tmp_path / "ledger.json"
    run_cli("ledger", "export", model, "--output", export)
    edit(model, 2, by="eve")
    damaged = file_of(model, 2).read_bytes()
    run_cli("ledger", "restore", model, "--from", export)
    (kept,) = file_of(model, 2).parent.glob("data.json.damaged-*")
    assert kept.read_bytes() == damaged


def test_a_restore_rewrites_no_history(model: str, tmp_path: Path) -> None:
    """An export with valid hashes of another past: the witness denies it, and nothing changes."""
    forged = chain([submission("eve") for _ in range(4)], model)
    export = write_export(tmp_path, model, forged)
    remove(model, 2)
    before = load_record(model)
    completed = run_cli("ledger", "restore", model, "--from", export, "--json")
    assert completed.code == 1
    assert completed.json["restored"] == []
    assert len(completed.json["refused"]) == 4
    assert load_record(model) == before


def test_a_changed_export_is_no_export(model: str, tmp_path: Path) -> None:
    entries = [entry.stored() for entry in read_ledger(model)]
    entries[1]["by"] = "eve"
    export = tmp_path / "ledger.json"
    export.write_text(json.dumps({"format": 1, "model": model, "entries": entries}))
    completed = run_cli("ledger", "restore", model, "--from", export)
    assert completed.code == 1
    assert "entries.1: its hash is not that of its content" in completed.error


def test_an_export_of_another_model(model: str, tmp_path: Path) -> None:
    export = write_export(tmp_path, "else", chain([submission()], "else"))
    completed = run_cli("ledger", "restore", model, "--from", export)
    assert completed.code == 1
    assert "is of else" in completed.error


def test_a_witness_that_differs_is_never_overwritten(model: str) -> None:
    tell_mlflow(model, 4, "0" * 64)
    with pytest.raises(LedgerError, match="entry 4 was rewritten"):
        append(model, submission())
    assert load_record(model).witnesses[4] == "0" * 64


def test_a_release_that_nobody_approved_is_found(model: str) -> None:
    """Written past ``append``, with a valid hash and a witness."""
    entries = read_ledger(model)
    asked = submission().model_copy(update={"details": demands("required", 1, not_starter=False)})
    entries.append(append(model, asked))
    shared = {"by": "eve", "reason": "", "run": asked.run, "transaction": "0" * 8}
    shared |= {"before": Standing()}
    intent = Draft.model_validate(shared | {"action": "intent", "purpose": "promotion"})
    with pytest.raises(LedgerError, match="has 0 of 1 approvals"):
        append(model, intent)
    promotion = shared | {"action": "promotion", "version": "1", "after": {"production": "1"}}
    for draft in (intent, Draft.model_validate(promotion)):
        entries.append(seal(draft, entries, model=model, at=entries[-1].at, user="eve"))
        create(model, entries[-1])
        tell_mlflow(model, entries[-1].number, entries[-1].hash)
    verified = run_cli("ledger", "verify", model)
    assert verified.code == 1
    assert "entry 6 (intent) can't be: run" in verified.out
    assert "entry 7 (promotion) can't be: run" in verified.out


REWITNESS = ("--rewitness", "--by", "ann", "--reason", "MLflow's disk was lost")


def test_a_lost_witness_without_an_export(model: str) -> None:
    """On a person's word, which is an entry of its own."""
    before = read_ledger(model)
    lose_mlflow(model)
    with pytest.raises(LedgerError, match="the witness of entry 1 is missing"):
        append(model, submission())
    restored = run_cli("ledger", "restore", model, *REWITNESS)
    assert restored.code == 0, restored.out + restored.err
    *entries, repair = read_ledger(model)
    assert entries == before
    assert (repair.action, repair.by) == ("repair", "ann")
    assert repair.reason.endswith("on no more than its own chain: MLflow's disk was lost")
    assert repair.details == {"witnesses": "1 2 3 4"}
    assert load_record(model).witnesses == witnessed([*entries, repair])
    refused = run_cli("ledger", "restore", model, *REWITNESS)
    assert refused.code == 1
    assert "lacks no witness" in refused.error


def test_nobody_can_vouch_for_what_a_witness_denies(model: str) -> None:
    forget_witness(model, 1, 2)
    tell_mlflow(model, 3, "0" * 64)
    before = load_record(model)
    refused = run_cli("ledger", "restore", model, *REWITNESS)
    assert refused.code == 1
    assert "entry 3 was rewritten" in refused.error
    assert load_record(model) == before


def test_nobody_can_vouch_for_a_broken_chain(model: str) -> None:
    lose_mlflow(model)
    edit(model, 2, by="eve")
    refused = run_cli("ledger", "restore", model, *REWITNESS)
    assert refused.code == 1
    assert "entry 2 was changed" in refused.error
    assert load_record(model).witnesses == {}


@pytest.mark.parametrize(
    "arguments", [(), ("--rewitness",), ("--rewitness", "--by", "ann"), ("--reason", "x")]
)
def test_restore_asks_for_what_it_needs(arguments: tuple[str, ...]) -> None:
    assert run_cli("ledger", "restore", "any", *arguments).code == 2


def test_an_experiment_deleted_in_mlflow_is_restored(model: str) -> None:
    client = model_registry().mlflow_client
    found = client.get_experiment_by_name(experiment_name(model))
    client.delete_experiment(found.experiment_id)
    append(model, submission())
    assert check_ledger(model)[1] == []
    assert client.get_experiment(found.experiment_id).lifecycle_stage == "active"


def test_a_lost_file_without_an_export_is_said_to_be_lost(model: str) -> None:
    file_of(model, 2).unlink()
    assert "nothing else has its content" in run_cli("ledger", "verify", model).out


def test_an_entry_put_there_by_hand(model: str) -> None:
    """It looks like one whose writer was killed, but never like all others."""
    entries = read_ledger(model)
    create(model, seal(submission("eve"), entries, model=model, at=entries[-1].at, user="ann"))
    shown = run_cli("ledger", "show", model)
    assert shown.code == 0
    assert "! entry 5 is not confirmed" in shown.out
    append(model, submission())
    verified = run_cli("ledger", "verify", model)
    assert verified.code == 0
    assert "! entry 5 had no witness until ann wrote entry 6: ask eve" in verified.out


def test_another_stack_asks_the_same_witness(model: str) -> None:
    """A stack with another MLflow, on the same ZenML; unless that MLflow is gone from ZenML."""
    client, kind = Client(), StackComponentType.EXPERIMENT_TRACKER
    active, own = client.active_stack_model, client.active_stack.experiment_tracker
    folder = Path(version(model, 1).uri)
    other = client.create_stack_component(
        name="other_mlflow",
        flavor="mlflow",
        component_type=kind,
        configuration={"tracking_uri": f"sqlite:///{folder}/other.db"}
        | {"tracking_username": "ann", "tracking_password": "secret"},
    )
    parts = {part: found[0].id for part, found in active.components.items()}
    stack = client.create_stack("other", parts | {kind: other.id})
    client.activate_stack(stack.id)
    try:
        append(model, submission())
        assert check_ledger(model)[1] == []
        verified = run_cli("ledger", "verify", model)
        assert verified.code == 0
        assert f"! the witness is MLflow '{own.name}', not the active stack's" in verified.out
        append("elsewhere", submission())
    finally:
        client.activate_stack(active.id)
        client.delete_stack(stack.id)
    assert check_ledger("elsewhere")[1] == []
    client.delete_stack_component(other.id, kind)
    with pytest.raises(
        LedgerError, match=r"'other_mlflow', whose experiment_tracker .*--rewitness"
    ):
        read_ledger("elsewhere")
    assert run_cli("ledger", "restore", "elsewhere", *REWITNESS).code == 0
    assert check_ledger("elsewhere")[1] == []
    assert load_record("elsewhere").tracker.name == own.name


def test_a_foreign_version_of_the_artifact(model: str) -> None:
    from zenml import save_artifact

    save_artifact({"by": "eve"}, name=artifact_name(model), version="5")
    save_artifact({"by": "eve"}, name=artifact_name(model), version="latest-and-greatest")
    found = run_cli("ledger", "verify", model, "--json").json["findings"]
    assert [finding["number"] for finding in found] == [5, None]
    with pytest.raises(LedgerError, match="entry 5"):
        append(model, submission())


def test_an_entry_that_cannot_be_is_not_written(model: str) -> None:
    with pytest.raises(LedgerError, match="run r2 was never submitted"):
        append(model, submission().model_copy(update={"action": "approval", "run": "r2"}))
    assert len(read_ledger(model)) == 4


def test_show(model: str) -> None:
    shown = run_cli("ledger", "show", model)
    assert shown.code == 0
    for entry in read_ledger(model):
        assert entry.hash[:12] in shown.out
    edit(model, 2, by="eve")
    shown = run_cli("ledger", "show", model, "--json")
    assert shown.code == 1
    assert [entry["number"] for entry in shown.json["entries"]] == [1, 3, 4]
    assert [finding["number"] for finding in shown.json["findings"]] == [2]


def test_export_as_markdown(model: str, tmp_path: Path) -> None:
    page = run_cli("ledger", "export", model, "--format", "markdown")
    assert page.code == 0
    for entry in read_ledger(model):
        assert f"{entry.number}. `{entry.hash}`" in page.out
    file = tmp_path / "ledger.md"
    written = run_cli("ledger", "export", model, "--format", "markdown", "--output", file, "--json")
    assert written.json["entries"] == 4
    assert file.read_text(encoding="utf-8") == page.out


def test_an_export_that_cannot_be_written_leaves_the_old_one(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = tmp_path / "ledger.json"
    export.write_text("the old one")

    def full(*arguments: Any) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("core.files.os.fsync", full)
        completed = run_cli("ledger", "export", model, "--output", export)
    assert completed.code == 1
    assert "no space left" in completed.error
    assert export.read_text() == "the old one"


@pytest.mark.parametrize("command", ["show", "verify", "export"])
def test_a_model_without_a_ledger(stack: str, command: str) -> None:
    completed = run_cli("ledger", command, "nobody_at_all")
    assert completed.code == 1
    assert "nobody_at_all has no ledger" in completed.error


def write_export(folder: Path, model: str, entries: list[Entry]) -> Path:
    path = folder / "forged.json"
    stored = [entry.stored() for entry in entries]
    path.write_text(json.dumps({"format": 1, "model": model, "entries": stored}))
    return path
