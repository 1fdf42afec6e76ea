"""What the gate lets through and what it holds back, on real runs."""

import os
from pathlib import Path
from typing import Any

import bentoml
import pytest
from zenml.client import Client

from adapters.bento import bento_exists
from adapters.channel import read_channel
from adapters.components import model_registry
from adapters.registry import CHALLENGER, CHAMPION, version_behind
from core.data.dataset import Dataset
from core.data.headlines import generate_headlines
from core.release import Bundle
from tests.gatehouse import Trained, job, run_cli, snapshot, step_states, train

pytestmark = pytest.mark.integration

NB = "model: multinomial_nb"
WORSE = f"candidates=[{{name: few, {NB}, vectorizer: {{max_features: 4}}}}]"
IMPOSSIBLE = "promotion.rules=[{metric: accuracy, value: 0.999}, {metric: ece, op: <, value: 0}]"


def stages(name: str) -> dict[int, str | None]:
    versions = Client().list_model_versions(name).items
    return {version.number: version.stage for version in versions}


def test_a_rule_blocks_and_nothing_changes(trained: Trained) -> None:
    before = snapshot()
    outcome = train(trained.config, "--set", IMPOSSIBLE, code=3)
    assert snapshot() == before
    assert outcome["status"] == "blocked"
    accuracy = outcome["metrics"]["test"]["accuracy"]
    assert outcome["reasons"][0] == f"test accuracy {accuracy:.4f} >= 0.999 fails"
    assert len(outcome["reasons"]) == 2
    assert outcome["version"] == trained.outcome["version"]
    assert "release" not in step_states(outcome["run_id"])


def test_a_blocked_first_model_leaves_no_name_behind(trained: Trained, tmp_path: Path) -> None:
    before = snapshot()
    shown = run_cli("train", "--config", job(tmp_path, "unborn"), "--set", IMPOSSIBLE)
    assert shown.code == 3
    assert snapshot() == before
    assert "BLOCKED unborn" in shown.out
    assert "nothing is in production" in shown.out


def test_the_life_of_a_model(trained: Trained, tmp_path: Path) -> None:
    config = job(tmp_path, "life")
    first = train(config, "--set", WORSE)
    assert (first["comparison"]["verdict"], first["version"]) == ("no_champion", "1")

    better = train(config)
    assert (better["comparison"]["verdict"], better["version"]) == ("better", "2")
    assert stages("life") == {1: "archived", 2: "production"}
    assert version_behind("life", CHAMPION) == "2"
    assert first["bento"] != better["bento"]

    before = snapshot()
    worse = train(config, "--set", WORSE, code=3)
    assert worse["comparison"]["verdict"] == "worse"
    assert worse["comparison"]["champion"] == better["metrics"]["test"]["accuracy"]
    assert worse["reasons"] == [f"comparison: {worse['comparison']['reason']}"]
    assert (worse["comparison"]["rows"], worse["comparison"]["left_out"]) == (88, 0)
    assert "left out" not in worse["comparison"]["reason"]
    assert snapshot() == before

    anyway = train(config, "--set", WORSE, "--set", "promotion.compare.allow=any")
    assert anyway["version"] == "3"
    assert stages("life") == {1: "archived", 2: "archived", 3: "production"}


def test_rows_that_production_was_trained_on_are_left_out(tmp_path: Path) -> None:
    rows = generate_headlines(2600, seed=5).to_pandas()
    path = tmp_path / "rows.csv"
    rows[:2000].to_csv(path, index=False)
    config = job(tmp_path, "grown", data={"source": {"kind": "file", "path": str(path)}})
    other = "candidates=[{name: other, model: complement_nb}]"
    better = ["--set", "promotion.compare.allow=better", "--set", other]
    first = train(config)
    known = set(_splits(first)["train"].texts)

    def compared(*changes: str) -> None:
        outcome = train(config, *better, *changes, code=3)
        found, test = outcome["comparison"], _splits(outcome)["test"]
        assert found["left_out"] == len(known & set(test.texts)) > 100
        assert found["rows"] == len(test) - found["left_out"]
        shown = f"{found['left_out']} of {len(test)} test rows left out: production was trained"
        assert shown in found["reason"]
        assert found["verdict"] in {"not_worse", "inconclusive"}

    compared("--set", "seed=7")
    rows.to_csv(path, index=False)
    compared()

    few = train(
        config, *better, "--set", "data.split={train: 0.83, test: 0.02}", "--set", "seed=7", code=3
    )
    assert few["comparison"]["verdict"] == "incomparable"
    assert "test rows are new to the production model, fewer than 30" in few["reasons"][0]
    assert few["reasons"][0].endswith("set promotion.compare.incomparable=allow to replace it")


def _splits(outcome: Any) -> dict[str, Dataset]:
    outputs = Client().get_pipeline_run(outcome["run_id"]).steps["split_data"].outputs
    return {name: items[0].load() for name, items in outputs.items()}


def test_other_labels_are_incomparable(trained: Trained, tmp_path: Path) -> None:
    config = job(tmp_path, "labels")
    assert train(config)["version"] == "1"
    rows = generate_headlines(600, seed=5).to_pandas()
    two = rows[rows["label"].isin(sorted(set(rows["label"]))[:2])]
    two.to_csv(tmp_path / "two.csv", index=False)
    source = ["--set", "data.source.kind=file"]
    source += ["--set", f"data.source.path={tmp_path / 'two.csv'}"]

    before = snapshot()
    blocked = train(config, *source, code=3)
    assert blocked["comparison"]["verdict"] == "incomparable"
    assert "promotion.compare.incomparable=allow" in blocked["reasons"][0]
    assert snapshot() == before

    allowed = train(config, *source, "--set", "promotion.compare.incomparable=allow")
    assert allowed["version"] == "2"
    assert stages("labels") == {1: "archived", 2: "production"}


def test_a_lost_champion_blocks_until_it_may_be_replaced(trained: Trained, tmp_path: Path) -> None:
    config = job(tmp_path, "lost", seed=7)
    train(config)
    model = Client().get_model_version("lost", "production").get_artifact("model")
    assert model is not None
    Path(model.uri, "model.pkl").unlink()
    before = snapshot()
    blocked = train(config, "--set", "seed=8", code=3)
    assert blocked["comparison"]["verdict"] == "incomparable"
    (reason,) = blocked["reasons"]
    assert "the production model is lost: lost version 1: its model can't be loaded" in reason
    assert reason.endswith("set promotion.compare.incomparable=allow to replace it")
    assert snapshot() == before
    allowed = ["--set", "seed=8", "--set", "promotion.compare.incomparable=allow"]
    assert train(config, *allowed)["version"] == "2"
    assert stages("lost") == {1: "archived", 2: "production"}


def test_slices_are_looked_at_and_can_block(trained: Trained, tmp_path: Path) -> None:
    rows = generate_headlines(600, seed=5).to_pandas()
    rows["desk"] = ["early" if number % 3 else "late" for number in range(len(rows))]
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rules = [
        {"metric": "recall", "slice": "class=*", "value": 0.01, "min_rows": 5},
        {"metric": "f1", "slice": "class=Weather", "value": 0.5},
        {"metric": "accuracy", "slice": "length=*", "value": 1.01, "min_rows": 5},
        {"metric": "ece", "slice": "desk=late", "op": "<", "value": 0, "min_rows": 5},
        {"metric": "accuracy", "slice": "desk=*", "against": "champion", "value": 0.5},
        {"metric": "predict_ms", "op": "<", "value": 0},
        {"metric": "model_bytes", "op": "<=", "value": 10},
        {"metric": "parity_mismatches", "op": "<=", "value": 0},
    ]
    data = {"source": {"kind": "file", "path": str(tmp_path / "rows.csv")}, "slices": ["desk"]}
    config = job(tmp_path, "sliced", data=data, promotion={"rules": rules})
    blocked = train(config, code=3)
    lengths = [reason for reason in blocked["reasons"] if " of length=" in reason]
    assert 1 <= len(lengths) <= 4
    others = [reason for reason in blocked["reasons"] if reason not in lengths]
    starts = "test f1 of class=Weather", "test ece of desk=late", "predict_ms", "model_bytes"
    assert len(others) == len(starts)
    assert all(map(str.startswith, others, starts)), others
    run = Client().get_pipeline_run(blocked["run_id"])
    decision = run.steps["decide"].outputs["decision"][0].load()
    desks = [result for result in decision.rules if result.rule.slice == "desk=*"]
    assert [(result.slice, result.skipped) for result in desks] == [
        ("desk=early", True),
        ("desk=late", True),
    ]
    assert decision.measures["fit_seconds"] > 0
    evaluation = run.steps["evaluate_model"].outputs["evaluation"][0].load()
    assert {part.kind for part in evaluation.slices} == {"length", "desk"}
    test = run.steps["split_data"].outputs["test"][0].load()
    assert test.inputs == ("text",)


def test_a_release_that_lost_a_part_is_made_again(trained: Trained, tmp_path: Path) -> None:
    config = job(tmp_path, "partial")
    first = train(config)
    assert train(config)["version"] == "1"

    model_registry().mlflow_client.delete_registered_model_alias("partial", "champion")
    assert train(config)["version"] == "2"
    assert version_behind("partial", CHAMPION) == "2"

    bentoml.models.delete(train(config)["bento"])
    again = train(config)
    assert (again["version"], again["status"]) == ("3", "promoted")
    assert bento_exists(again["bento"])
    assert again["bento"] != first["bento"]


def test_a_lost_cached_result_says_how_to_go_on(trained: Trained, tmp_path: Path) -> None:
    config = job(tmp_path, "cachelost", seed=12)
    run = Client().get_pipeline_run(train(config)["run_id"])
    file = Path(run.steps["split_data"].outputs["test"][0].uri, "rows.parquet")
    file.unlink()
    refused = run_cli("train", "--config", config)
    assert refused.code == 1
    assert "--set zenml.enable_cache=false" in refused.error
    assert train(config, "--set", "zenml.enable_cache=false")["status"] == "promoted"


def test_a_challenger_stands_beside_the_champion(tmp_path: Path) -> None:
    config = job(tmp_path, "rivals")
    first = train(config, "--set", WORSE)
    second = train(config, "--set", "promotion.target=challenger")
    assert (first["status"], second["status"]) == ("promoted", "challenger")
    assert stages("rivals") == {1: "production", 2: "staging"}
    assert version_behind("rivals", CHAMPION) == "1"
    assert version_behind("rivals", CHALLENGER) == "2"
    channel = read_channel("rivals")
    assert channel
    assert channel.champion
    assert channel.challenger
    assert (channel.champion.model_tag, channel.champion.stage) == (first["bento"], "production")
    assert (channel.challenger.model_tag, channel.challenger.stage) == (
        second["bento"],
        "challenger",
    )
    shown = run_cli("challenger", "rivals", "--json").json
    assert shown == {"model": "rivals", "champion": "1", "challenger": "2"}
    won = train(config)
    assert (won["status"], won["version"]) == ("promoted", "3")
    assert version_behind("rivals", CHALLENGER) is None
    assert stages("rivals") == {1: "archived", 2: "archived", 3: "production"}
    channel = read_channel("rivals")
    assert channel
    assert channel.challenger is None


def test_a_challenger_is_withdrawn(tmp_path: Path) -> None:
    config = job(tmp_path, "withdrawn")
    train(config, "--set", WORSE)
    train(config, "--set", "promotion.target=challenger")
    withdraw = ["challenger", "withdrawn", "--withdraw", "--reason", "too slow"]
    assert run_cli(*withdraw[:3]).code == 2
    shown = run_cli(*withdraw, "--json").json
    assert shown == {"model": "withdrawn", "champion": "1", "challenger": None}
    assert stages("withdrawn") == {1: "production", 2: "archived"}
    assert version_behind("withdrawn", CHALLENGER) is None
    before = snapshot()
    again = run_cli(*withdraw)
    assert again.code == 1
    assert "withdrawn has no challenger" in again.error
    assert snapshot() == before
    assert "no model 'nobody' is released" in run_cli("challenger", "nobody").error


def test_a_lost_channel_is_released_again(tmp_path: Path) -> None:
    config = job(tmp_path, "lost_channel")
    first = train(config)
    (Path(os.environ["BENTOML_HOME"]) / "channels/lost_channel.json").unlink()
    second = train(config)
    assert (first["version"], second["version"]) == ("1", "2")


def test_several_models_in_one_bento(trained: Trained, tmp_path: Path) -> None:
    other = train(job(tmp_path, "second_desk"))
    name = trained.outcome["model"]
    bundled = run_cli("bundle", "newsdesk", name, "second_desk", "--json").json
    assert bundled["models"] == {name: trained.outcome["version"], "second_desk": "1"}
    folder = Path(bentoml.bentos.get(bundled["bento"]).path)
    bundle = Bundle.model_validate_json((folder / "src/release.json").read_bytes())
    assert [r.model_tag for r in bundle.releases] == [trained.outcome["bento"], other["bento"]]
    for wrong, words in (
        (("newsdesk", name, name), "named twice"),
        (("newsdesk", "nobody"), "no model 'nobody' is in production"),
        (("News Desk", name), "'News Desk' is no name for a Bento"),
    ):
        refused = run_cli("bundle", *wrong)
        assert refused.code == 1
        assert words in refused.error
