"""A release that fails anywhere leaves both registries and the Bento store as they were."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from zenml.client import Client
from zenml.models import ModelVersionResponse

from adapters.components import model_registry
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
    "channel": (
        lambda patch: patch.setattr("adapters.release.set_champion", failing(OSError("no room"))),
        1,
    ),
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


def test_production_that_changed_meanwhile(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run's version, that the gate did not compare with, is never replaced."""
    from adapters import release

    before = snapshot()
    with monkeypatch.context() as patch:
        patch.setattr(release, "production_number", lambda name: "7")
        completed = run_cli("train", "--config", trained.config, *OTHER)
    assert completed.code == 1
    assert "version 7 went into production while the gate compared with" in completed.error
    assert snapshot() == before


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
