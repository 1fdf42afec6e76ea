"""A release that fails anywhere leaves both registries and the Bento store as they were."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from zenml.models import ModelVersionResponse

from tests.gatehouse import Trained, job, run_cli, snapshot

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
