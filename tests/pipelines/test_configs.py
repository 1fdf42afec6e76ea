"""Every config of the project trains and is promoted, on few rows where it has many."""

from pathlib import Path

import pytest

from tests.gatehouse import train

pytestmark = pytest.mark.integration

CONFIGS = Path(__file__).parents[2] / "configs"
FEW = ("data.limit=400", "promotion.rules=[]")
SEARCH = ("candidates.0.search.trials=3",)
# Whatever is not here runs as it is; the real data sets are files here, not downloads.
ON_FILES = {
    "ag_news": ("ag_news/ag_news_10k.parquet", FEW),
    "ag_news_best": ("ag_news/ag_news_10k.parquet", FEW),
    "ag_news_search": ("ag_news/ag_news_10k.parquet", (*FEW, *SEARCH)),
    "rotten_tomatoes": ("rotten_tomatoes/rotten_tomatoes_9k.parquet", FEW),
    "california_housing": (
        "california_housing/housing.csv",
        (*FEW, "data.label=median_house_value"),
    ),
}
AS_THEY_ARE = ("breast_cancer", "diabetes", "quickstart", "wine")


def test_every_config_is_here() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == {*ON_FILES, *AS_THEY_ARE}


@pytest.mark.parametrize("name", [name for name in AS_THEY_ARE if name != "quickstart"])
def test_a_config_runs_as_it_is(name: str, stack: str) -> None:
    outcome = train(CONFIGS / f"{name}.yaml", "--set", f"name=config_{name}")
    assert outcome["status"] == "promoted"


@pytest.mark.data
@pytest.mark.parametrize("name", ON_FILES)
def test_a_config_runs_on_few_rows(name: str, stack: str, data_dir: Path) -> None:
    path, changes = ON_FILES[name]
    source = ("data.source.kind=file", f"data.source.path={data_dir / path}")
    settings = (f"name=config_{name}", *source, *changes)
    arguments = [item for setting in settings for item in ("--set", setting)]
    assert train(CONFIGS / f"{name}.yaml", *arguments)["status"] == "promoted"
