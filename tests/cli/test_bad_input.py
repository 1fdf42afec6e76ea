"""Bad input of every kind: an exit code, one line that says how to mend it, nothing changed."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.data.headlines import generate_headlines
from tests.gatehouse import Completed, Trained, job, run_cli, snapshot, train

pytestmark = pytest.mark.integration

Rows = pd.DataFrame


def rows() -> Rows:
    return generate_headlines(300, seed=3).to_pandas()


def attempt(config: Path, *arguments: object) -> Completed:
    """Train, with proof that no registry has changed."""
    before = snapshot()
    completed = run_cli("train", "--config", config, *arguments)
    assert snapshot() == before
    assert completed.out == ""
    return completed


def of_file(path: Path) -> list[str]:
    return ["--set", "data.source.kind=file", "--set", f"data.source.path={path}"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sed=1", "sed is not a known key; did you mean 'seed'?"),
        ("seed=seven", "seed: input should be a valid integer, not 'seven'"),
        ("data.source.kind=ftp", "data.source.kind: no 'ftp'; known: hub, file, embedded"),
        ("candidates.0.model=linear_svn", "no 'linear_svn'; did you mean 'linear_svm'?"),
        ("candidates.7.name=x", "'7' is no item of this list"),
        ("seed", "write it as key=value"),
        ("validation.suite=agnews", "no 'agnews' in expectations/suites; known: ag_news"),
    ],
)
def test_a_wrong_config(trained: Trained, override: str, message: str) -> None:
    completed = attempt(trained.config, "--set", override)
    assert completed.code == 2
    assert message in completed.error


def test_no_such_config(trained: Trained, tmp_path: Path) -> None:
    completed = attempt(tmp_path / "absent.yaml")
    assert completed.code == 2
    assert "no such file" in completed.error


@pytest.mark.parametrize("arguments", [["trian"], ["--confg", "x"], ["train"], ["monitor"]])
def test_wrong_usage(trained: Trained, arguments: list[str]) -> None:
    completed = run_cli(*arguments)
    assert completed.code == 2
    assert completed.error


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (None, 2, "does not exist"),
        (b"", 1, "is empty"),
        (b"text,label\n", 1, "has no rows"),
        (b"txt,label\na,b\n", 1, "no column 'text'"),
        (b"text,labl\na,b\n", 1, "try --set data.label=labl"),
        (b"text,label\nna\xefve,a\nplain,b\n", 1, "is not UTF-8 (line 2)"),
        (b"text,label\none,a\ntwo,a\n", 1, "has only the value 'a'"),
        (b"text,label\n,a\n,b\n", 1, "has no text in any of 2 rows"),
        (b"text,label\none,\ntwo,\n", 1, "has no values"),
        (b"text,label\none,a,more\n", 1, "has 3 values in row 2"),
    ],
)
def test_a_file_that_is_no_data_set(
    trained: Trained, tmp_path: Path, content: bytes | None, code: int, message: str
) -> None:
    path = tmp_path / "data.csv"
    if content is not None:
        path.write_bytes(content)
    completed = attempt(trained.config, *of_file(path))
    assert completed.code == code, completed.err
    assert message in completed.error


def outside_the_set(frame: Rows) -> Rows:
    return frame.assign(label=frame["label"].where(frame.index != 17, "Weather"))


def long_text(frame: Rows) -> Rows:
    return frame.assign(text=frame["text"].where(frame.index != 17, "word " * 200_000))


def repeated(frame: Rows) -> Rows:
    return pd.concat([frame, frame.head(60)], ignore_index=True)


LABELS = f"data.labels={sorted(set(rows()['label']))}"


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (
            outside_the_set,
            [LABELS],
            "raw: label is outside the known classes (0.33% of the rows); found 'Weather': "
            "1 row (17)",
        ),
        (
            long_text,
            ["validation.max_length_violations=0"],
            "raw: text is too short or too long (characters) (0.33% of the rows); "
            "found 1000000.0: 1 row (17)",
        ),
        (repeated, ["validation.duplicates=fail"], "raw: text occurs more than once"),
        (repeated, ["validation.duplicates=report"], "set validation.duplicates=drop"),
        (lambda frame: frame.head(40), [], "raw: number of rows; found 40, at least 200"),
    ],
)
def test_rows_that_fail_the_checks(
    trained: Trained,
    tmp_path: Path,
    change: Callable[[Rows], Rows],
    settings: list[str],
    message: str,
) -> None:
    change(rows()).to_csv(tmp_path / "data.csv", index=False)
    overrides = [part for setting in settings for part in ("--set", setting)]
    completed = attempt(trained.config, *of_file(tmp_path / "data.csv"), *overrides)
    assert completed.code == 1
    assert "data checks failed" in completed.error
    assert message in completed.error
    assert "Mend the rows, or change the bounds under 'validation'" in completed.error


def test_rows_that_are_mended_on_the_way(trained: Trained, tmp_path: Path) -> None:
    """A 1 MB text is within the tolerated share, repeated rows are dropped: the run goes on."""
    long_text(repeated(rows())).to_csv(tmp_path / "data.csv", index=False)
    outcome = train(job(tmp_path, "mended"), *of_file(tmp_path / "data.csv"))
    assert outcome["status"] == "promoted"
    assert outcome["dataset"]["rows"] == 360
    assert outcome["parity"]["passed"]


def test_all_violations_are_in_the_one_line(trained: Trained, tmp_path: Path) -> None:
    outside_the_set(repeated(rows().head(100))).to_csv(tmp_path / "data.csv", index=False)
    overrides = ["--set", LABELS, "--set", "validation.duplicates=fail"]
    completed = attempt(trained.config, *of_file(tmp_path / "data.csv"), *overrides)
    for part in ("number of rows", "outside the known classes", "occurs more than once"):
        assert part in completed.error


def test_a_hub_that_cannot_be_reached(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import datasets
    import huggingface_hub.constants

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", closed)
    monkeypatch.setattr(datasets.config, "HF_ENDPOINT", closed)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    hub = ["--set", "data.source.kind=hub", "--set", "data.source.path=someone/news"]
    completed = attempt(trained.config, *hub)
    assert completed.code == 1
    assert "--set data.source.kind=file" in completed.error


@pytest.mark.parametrize(
    "variable", ["ZENML_CONFIG_PATH", "ZENML_LOCAL_STORES_PATH", "BENTOML_HOME"]
)
@pytest.mark.parametrize("command", ["train", "plan"])
def test_a_home_that_cannot_be_written(
    trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    command: str,
) -> None:
    (tmp_path / "file").touch()
    with monkeypatch.context() as patch:
        patch.setenv(variable, str(tmp_path / "file" / "home"))
        completed = run_cli(command, "--config", trained.config)
    assert completed.code == 1
    assert f"set {variable} to a folder that you can write" in completed.error


def test_doctor_names_a_home_that_cannot_be_written(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "file" / "home"))
    completed = run_cli("doctor", "--json")
    assert completed.code == 1
    broken = [check["name"] for check in completed.json["checks"] if not check["ok"]]
    assert broken == ["BENTOML_HOME"]


def test_with_json_the_error_is_one_object(trained: Trained) -> None:
    completed = run_cli("train", "--config", trained.config, "--set", "sed=1", "--json")
    error: Any = completed.json
    assert error.items() >= {"status": "failed", "error": "ConfigError", "exit_code": 2}.items()
    assert completed.error == f"error: {error['message']}"


def test_a_model_that_does_not_exist(trained: Trained) -> None:
    completed = run_cli("status", "nobody", "--json")
    assert completed.code == 1
    assert "'nobody'" in completed.error
    assert completed.json["status"] == "failed"
    shown = run_cli("status", "nobody")
    assert "nobody" in shown.out + shown.err
