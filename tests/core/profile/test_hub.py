"""A data set of the hub is looked at like a file."""

import pytest

from core.errors import ConfigError
from core.profile.choices import Given, profile_sample
from core.profile.open import look_at_source
from tests.core.data.hub_server import Repository
from tests.core.data.test_hub import NAME, own_cache, parquet, repository

__all__ = ["own_cache", "repository"]


def test_its_classes_have_names_already(repository: Repository) -> None:
    texts = [f"item {number} of the long morning news" for number in range(40)]
    repository.files["train.parquet"] = parquet(texts, [n // 3 % 2 for n in range(40)])
    sample = look_at_source(f"hub:{NAME}", None)
    assert (sample.rows, sample.source.kind, len(sample.notes)) == (40, "hub", 1)
    profile = profile_sample(sample, Given("COMMAND"), None)
    assert "the source names its classes" in profile.why_target
    assert profile.target.name == "label"
    assert profile.pinned_labels == ()


@pytest.mark.usefixtures("repository")
def test_a_data_set_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match="the hub has no data set 'nobody/nothing'"):
        look_at_source("hub:nobody/nothing", None)
