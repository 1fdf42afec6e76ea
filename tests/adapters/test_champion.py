"""The model in production, as the gate gets it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from zenml.client import Client

from adapters.champion import load_champion
from adapters.versions import COLUMNS, TARGET, ReleasedVersion, released_version
from core.data.dataset import Dataset
from core.errors import GatehouseError
from core.tasks import get_task
from tests.gatehouse import Trained

pytestmark = pytest.mark.integration


@pytest.fixture
def foreign(stack: str) -> Iterator[str]:
    """A model that somebody put into production by hand."""
    client = Client()
    client.create_model("foreign")
    client.create_model_version("foreign").set_stage("production")
    yield "foreign"
    client.delete_model("foreign")


def test_what_gatehouse_did_not_release_is_an_error_with_the_way_out(foreign: str) -> None:
    with pytest.raises(GatehouseError, match=r"foreign version 1 .* not released .* doctor --fix"):
        load_champion(foreign)


def test_nothing_in_production(stack: str) -> None:
    assert load_champion("nobody") is None


def test_a_released_model_is_what_was_released(trained: Trained) -> None:
    champion = load_champion(trained.outcome["model"])
    assert champion
    assert isinstance(champion.estimator, Pipeline)
    assert champion.columns == ("text",)
    assert champion.labels == ("World", "Sports", "Business", "Sci/Tech")
    assert champion.version == trained.outcome["version"]
    config_hash = trained.outcome["config_hash"]
    assert champion.is_release_of(champion.sha256, config_hash)
    assert not champion.is_release_of(champion.sha256, "other")


def test_what_was_released_before_tables_says_its_column_in_its_config(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = released_version(trained.outcome["model"], trained.outcome["version"])
    assert version
    facts = {key: value for key, value in version.facts.items() if key not in (COLUMNS, TARGET)}
    monkeypatch.setattr(ReleasedVersion, "facts", facts)
    champion = load_champion(trained.outcome["model"])
    assert champion
    assert (champion.columns, champion.target) == (("text",), "label")


def test_the_rows_that_it_was_trained_on_are_known(trained: Trained) -> None:
    task = get_task("text_classification")
    splits = _splits(trained)
    champion = load_champion(trained.outcome["model"])
    assert champion
    assert not np.any(champion.opponent(task, splits["test"]).seen)
    assert not np.any(champion.opponent(task, splits["validation"]).seen)
    mixed = pd.concat([splits["test"].frame, splits["train"].frame.iloc[:5]])
    # Equal but for case and spaces is the same text, as in the check for leaks.
    mixed["text"] = "  " + mixed["text"].str.upper()
    seen = champion.opponent(task, replace(splits["test"], frame=mixed)).seen
    assert list(np.flatnonzero(seen)) == [len(mixed) - 5 + number for number in range(5)]


def test_a_release_without_its_training_rows_says_so(trained: Trained) -> None:
    champion = load_champion(trained.outcome["model"])
    assert champion
    lost = replace(champion, training="unknown")
    assert lost.opponent(get_task("text_classification"), _splits(trained)["test"]).seen == (
        "unknown"
    )


def _splits(trained: Trained) -> dict[str, Dataset]:
    outputs = Client().get_pipeline_run(trained.outcome["run_id"]).steps["split_data"].outputs
    return {name: items[0].load() for name, items in outputs.items()}
