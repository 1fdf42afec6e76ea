"""What monitoring found last, as a case at the gate shows it."""

from pathlib import Path

import pytest

from adapters.drift import last_drift
from adapters.history import monitored_batches
from adapters.registry import production_reference
from core.data.headlines import generate_headlines
from tests.gatehouse import job, run_cli, train

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("stack")]


def test_the_last_batch_of_the_model_in_production(tmp_path: Path) -> None:
    assert last_drift("nobody") is None
    config = job(tmp_path, "drifting")
    train(config)
    assert last_drift("drifting") is None

    same, other = tmp_path / "same.csv", tmp_path / "other.csv"
    rows = generate_headlines(400, seed=8).to_pandas()
    rows.to_csv(same, index=False)
    rows.assign(text=rows["text"].str.upper() + " 1234567890" * 9).to_csv(other, index=False)
    for batch in (other, same, other):  # the last one comes from the cache
        seen = run_cli("monitor", "--config", config, "--batch", batch, "--json").json
        found = last_drift("drifting")
        assert found is not None
        assert (found.severity, found.run) == (seen["severity"], seen["run_id"])
    assert found.severity == "high"
    assert [batch.severity for batch in monitored_batches("drifting")] == ["high", "none", "high"]

    train(job(tmp_path, "beside"))
    references = {production_reference(name)[1].id for name in ("drifting", "beside")}
    assert len(references) == 1, "of the same rows, by the cache"
    assert last_drift("beside") is None
    assert monitored_batches("beside") == []

    promotion = {"approval": "required", "compare": {"allow": "any"}}
    candidates = [{"name": "pairs", "model": "multinomial_nb", "params": {"alpha": 0.5}}]
    reference = {"reference_rows": 300}
    config = job(
        tmp_path, "drifting", candidates=candidates, promotion=promotion, monitoring=reference
    )
    waiting = train(config, code=4)
    shown = run_cli("case", waiting["run_id"], "--json").json
    assert shown["case"]["drift"]["run"] == found.run
    assert Path(shown["model_card"]).read_text(encoding="utf-8").startswith("<!")
    lines = run_cli("case", waiting["run_id"]).out
    assert "high in production" in lines
    assert "McNemar" in lines

    run_cli("approve", waiting["run_id"], "--by", "ann", "--reason", "knows the new rows")
    assert last_drift("drifting") is None  # of the new version nothing is known
