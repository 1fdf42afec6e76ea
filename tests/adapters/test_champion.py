"""The model in production, as the gate gets it."""

from collections.abc import Iterator

import pytest
from sklearn.pipeline import Pipeline
from zenml.client import Client

from adapters.champion import load_champion
from core.errors import GatehouseError
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
    assert isinstance(champion.opponent.estimator, Pipeline)
    assert champion.opponent.columns == ("text",)
    assert champion.opponent.labels == ("World", "Sports", "Business", "Sci/Tech")
    assert champion.version == trained.outcome["version"]
    config_hash = trained.outcome["config_hash"]
    assert champion.is_release_of(champion.sha256, config_hash)
    assert not champion.is_release_of(champion.sha256, "other")
