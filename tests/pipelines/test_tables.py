"""A table from its file to drift in production, through the command line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.gatehouse import job, run_cli, train

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("stack")]
ROWS = 400


def houses(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    size = rng.uniform(30, 200, ROWS).round(1)
    town = rng.choice(["Ulm", "Bonn", "Mainz"], ROWS)
    built = pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 20_000, ROWS), unit="D")
    price = 3 * size + 50 * (town == "Bonn") + rng.normal(0, 5, ROWS)
    frame = pd.DataFrame({"id": range(ROWS), "size": size, "town": town, "built": built})
    frame.loc[:20, "size"] = None
    return frame.assign(built=built.strftime("%d.%m.%Y"), price=price.round(2))


def test_rows_are_trained_on_and_monitored(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.csv" for name in ("houses", "same", "other")}
    houses(0).to_csv(files["houses"], index=False, sep=";", decimal=",")
    houses(1).to_csv(files["same"], index=False, sep=";", decimal=",")
    other = houses(2).assign(town="Jena", size=None)
    other.to_csv(files["other"], index=False, sep=";", decimal=",")
    source = {"kind": "file", "path": str(files["houses"]), "separator": ";", "decimal": ","}
    config = job(
        tmp_path,
        "houses",
        task="regression",
        data={"source": source, "label": "price"},
        candidates=[{"name": "ridge", "model": "ridge"}],
    )
    outcome = train(config)
    assert outcome["metrics"]["test"]["r2"] > 0.8

    same = run_cli("monitor", "--config", config, "--batch", files["same"], "--json").json
    assert (same["severity"], same["violations"]) == ("none", [])
    columns = {column["column"]: column for column in same["drift"]["columns"]}
    assert set(columns) == {"size", "town", "built"}, "the identifier is left out"
    assert columns["town"]["reference_mean"] is None

    worse = run_cli("monitor", "--config", config, "--batch", files["other"], "--json").json
    columns = {column["column"]: column for column in worse["drift"]["columns"]}
    assert worse["severity"] == "high"
    assert columns["size"]["moved"].endswith(" to 100.0%")
    assert columns["town"]["moved"] == "rare or new: 0.0% to 100.0%"
    assert columns["built"]["severity"] == "none"
