"""A release that fails anywhere leaves both registries and the Bento store as they were."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NoReturn

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from zenml.client import Client
from zenml.models import ModelVersionResponse

from adapters import transaction
from adapters.components import model_registry
from adapters.ledger import read_ledger
from adapters.repair import problems, repair
from core.errors import LedgerError, ReleaseError
from core.governance.ledger import Standing
from core.governance.state import state_of
from tests.adapters.changes import Source
from tests.gatehouse import Trained, job, run_cli, snapshot, train

pytestmark = pytest.mark.integration

Break = Callable[[pytest.MonkeyPatch], None]
OTHER = ["--set", "promotion.compare.allow=any"]
OTHER += ["--set", "candidates=[{name: pairs, model: multinomial_nb, params: {alpha: 0.5}}]"]


def failing(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*arguments: Any, **options: Any) -> NoReturn:
        raise error

    return fail


def refuse(target: type, method: str, error: BaseException) -> Break:
    return lambda patch: patch.setattr(target, method, failing(error))


def once(target: str, error: BaseException) -> Break:
    """Fail at the first call; undoing needs the same function."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        original, errors = resolve_name(target), [error]

        def call(*arguments: Any, **options: Any) -> Any:
            if errors:
                raise errors.pop()
            return original(*arguments, **options)

        patch.setattr(target, call)

    return breaks


def at_completion(error: BaseException) -> Break:
    """Everything is switched, and the entry that says so can't be written."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        def complete(*arguments: Any, **options: Any) -> NoReturn:
            raise error

        patch.setattr(transaction.Change, "complete", complete)

    return breaks


def interrupt_after(target: type, method: str) -> Break:
    """Ctrl-C, once, when the call is done and before its caller knows."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        original, interrupts = getattr(target, method), [KeyboardInterrupt]

        def call(*arguments: Any, **options: Any) -> None:
            original(*arguments, **options)
            if interrupts:
                raise interrupts.pop()

        patch.setattr(target, method, call)

    return breaks


DOWN = MlflowException("the registry is down")
MLFLOW = mlflow.MlflowClient
BREAKS: dict[str, tuple[Break, int]] = {
    "link": (
        lambda patch: patch.setattr(
            "adapters.registry.link_artifact_version_to_model_version",
            failing(RuntimeError("no link")),
        ),
        1,
    ),
    "mlflow version": (refuse(MLFLOW, "create_model_version", DOWN), 1),
    "bento": (lambda patch: patch.setattr("adapters.bento.LOCK", Path("requirements/absent")), 1),
    "stage": (refuse(ModelVersionResponse, "set_stage", RuntimeError("no stage")), 1),
    "alias": (refuse(MLFLOW, "set_registered_model_alias", DOWN), 1),
    "channel": (once("adapters.standing.update_channel", OSError("no room")), 1),
    "completion": (at_completion(LedgerError("the ledger can't be written")), 1),
    "Ctrl-C at the stage": (interrupt_after(ModelVersionResponse, "set_stage"), 130),
    "Ctrl-C at the alias": (interrupt_after(MLFLOW, "set_registered_model_alias"), 130),
}


@pytest.mark.parametrize("where", BREAKS)
def test_a_first_release(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    config, before = job(tmp_path, "undone"), snapshot()
    breaks, code = BREAKS[where]
    with monkeypatch.context() as patch:
        breaks(patch)
        completed = run_cli("train", "--config", config)
    assert completed.code == code, completed.err
    assert completed.error
    assert snapshot() == before


@pytest.mark.parametrize("where", BREAKS)
def test_a_release_over_another(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = snapshot()
    breaks, code = BREAKS[where]
    with monkeypatch.context() as patch:
        breaks(patch)
        completed = run_cli("train", "--config", trained.config, *OTHER)
    assert completed.code == code, completed.err
    assert completed.error
    assert snapshot() == before


def test_a_signal_while_the_bento_is_built(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real SIGINT, which ZenML's handler would turn into an ordinary exception."""
    from adapters import bento

    original, before = bento._write_context, snapshot()

    def interrupted(*arguments: Any) -> None:
        original(*arguments)
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(bento, "_write_context", interrupted)
        completed = run_cli("train", "--config", job(tmp_path, "signalled"))
    assert completed.code == 130, completed.err
    assert "interrupted" in completed.error
    assert snapshot() == before


def test_production_that_changed_meanwhile(source: Source) -> None:
    """Another run's version, that the gate did not compare with, is never replaced."""
    source.release("meanwhile")
    before, entries = snapshot(), read_ledger("meanwhile")
    stale = "version 1 went into production while the gate compared with nothing; run again"
    with pytest.raises(ReleaseError, match=stale):
        source.release("meanwhile", expected=None)
    assert snapshot() == before
    assert read_ledger("meanwhile") == entries


def test_what_was_undone_is_in_the_ledger(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        once("adapters.standing.update_channel", OSError("no room"))(patch)
        with pytest.raises(OSError, match="no room"):
            source.release("abandoned")
    _, intent, abort = read_ledger("abandoned")
    assert (intent.action, intent.purpose, intent.before) == ("intent", "promotion", Standing())
    assert (abort.action, abort.reason, abort.by) == ("abort", "no room", "ann")
    assert abort.transaction == intent.transaction
    assert problems("abandoned") == []
    assert source.release("abandoned").version == "1"


def test_undoing_that_fails_too_is_left_to_the_doctor(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.release("stuck")
    with monkeypatch.context() as patch:
        patch.setattr("adapters.standing.update_channel", failing(OSError("no room")))
        with pytest.raises(ReleaseError, match=r"no room; undoing it failed too .*doctor --fix"):
            source.release("stuck")
    assert state_of(read_ledger("stuck")).open_intent is not None
    (found,) = problems("stuck")
    assert "was cut short" in found.found
    assert repair("stuck", "doc")
    assert problems("stuck") == []


def test_a_model_whose_name_another_one_begins_with(source: Source) -> None:
    """ZenML's own look-up takes a prefix, and would make the version of the other model."""
    source.release("prefix_longer")
    source.release("prefix")
    for name in ("prefix", "prefix_longer"):
        assert [version.number for version in Client().list_model_versions(name).items] == [1]


def test_a_tracked_model_that_is_gone(trained: Trained, tmp_path: Path) -> None:
    config = job(tmp_path, "untracked", seed=11)
    blocked = train(config, "--set", "promotion.rules=[{metric: accuracy, value: 1.1}]", code=3)
    steps = Client().get_pipeline_run(blocked["run_id"]).steps
    result = steps[f"train_{blocked['candidate']}"].outputs["candidate"][0].load()
    client = model_registry().mlflow_client
    address = client.get_logged_model(result.model_uri.rpartition("/")[2]).artifact_location
    folder = Path(address.removeprefix("file:"))
    folder.rename(folder.with_suffix(".gone"))
    before = snapshot()
    completed = run_cli("train", "--config", config)
    assert completed.code == 1
    assert "--set zenml.enable_cache=false" in completed.error
    assert snapshot() == before
