"""``init-config``: a file nobody has described, in three commands to a served model."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.config.loading import load_config
from expectations import runner
from tests.conftest import ROOT
from tests.core.profile.files import customers, houses, reviews, write_csv
from tests.gatehouse import Completed, run_cli, train
from tests.service.servers import Server, launch


@pytest.fixture(scope="module", autouse=True)
def suites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Suites are written into a folder of the tests, where runs find them too."""
    folder = tmp_path_factory.mktemp("suites")
    shutil.copytree(runner.SUITES, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "SUITES", folder)
        yield folder


def init(data: Path, name: str, *arguments: object, code: int = 0) -> Completed:
    output = data.parent / f"{name}.yaml"
    completed = run_cli(
        "init-config", "--data", data, "--name", name, "--output", output, *arguments
    )
    assert completed.code == code, completed.err + completed.out
    assert output.exists() == (code == 0)
    return completed


def test_the_config_loads_and_the_next_commands_are_told(tmp_path: Path, suites: Path) -> None:
    completed = init(write_csv(tmp_path / "file.csv", customers()), "init_told")
    config = load_config(tmp_path / "init_told.yaml")
    assert (config.name, config.validation.suite) == ("init_told", "init_told")
    assert config.data.drop == ("customer_id", "region")
    suite = json.loads((suites / "init_told.json").read_text(encoding="utf-8"))
    assert suite["name"] == "init_told"
    for words in (
        "predicts  churn (taken for its target: a usual name, two values, the last column)",
        "left out  customer_id: identifier: a text of its own in each row",
        f"python run.py --config {tmp_path / 'init_told.yaml'}",
        "bentoml serve init_told:latest",
    ):
        assert words in completed.out


def test_as_json(tmp_path: Path) -> None:
    completed = init(
        write_csv(tmp_path / "file.csv", houses(), ";"), "init_json", "--json", "--target", "price"
    )
    answer = completed.json
    assert (
        answer.items()
        >= {
            "status": "written",
            "name": "init_json",
            "target": "price",
            "task": "regression",
            "rows": 200,
            "rows_are_estimated": False,
            "columns": {"Ort": "category", "Fläche": "number", "verkauft am": "date"},
            "left_out": {},
        }.items()
    )
    assert len(answer["notes"]) == 2


def test_nothing_is_replaced_without_force(tmp_path: Path, suites: Path) -> None:
    data = write_csv(tmp_path / "file.csv", customers())
    init(data, "init_twice")
    config = tmp_path / "init_twice.yaml"
    config.write_text("# mine\n", encoding="utf-8")
    again = ("init-config", "--data", data, "--name", "init_twice", "--output", config)
    refused = run_cli(*again)
    assert refused.code == 2
    assert "exists already: give another --name or --output, or --force" in refused.error
    assert config.read_text(encoding="utf-8") == "# mine\n"
    config.unlink()
    assert run_cli(*again).code == 2, "the suite alone is worth keeping too"
    assert run_cli(*again, "--force").code == 0
    assert load_config(config).name == "init_twice"


@pytest.mark.parametrize(
    ("rows", "arguments", "code", "words"),
    [
        (customers()[:2], (), 2, "no column can be predicted"),
        ([(1, 2), *[(3, 4)] * 50], (), 2, "no column can be predicted"),
        (
            [("id", "y"), *((f"k{n}", n % 2) for n in range(99))],
            (),
            1,
            "no column is left to predict 'y' from: id (identifier",
        ),
        ([("a", "b"), (1, 2), (3,)], (), 1, "1 values in row 3"),
        ([row[:4] for row in customers()], (), 2, "choose: python run.py init-config --data"),
        (customers(), ("--target", "spent", "--task", "text_classification"), 1, "too many"),
        (customers(), ("--target", "churns"), 2, "did you mean 'churn'?"),
        (customers(), ("--task", "segmentation"), 2, "text_classification"),
        (customers(), ("--sheet", "Data"), 2, "is of Excel files"),
    ],
)
def test_what_makes_no_config_is_one_line_and_leaves_nothing(
    tmp_path: Path, suites: Path, rows: list[Any], arguments: tuple[str, ...], code: int, words: str
) -> None:
    refused = init(write_csv(tmp_path / "file.csv", rows), "init_bad", *arguments, code=code)
    assert words in refused.error
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]
    assert not (suites / "init_bad.json").exists()


def test_ten_thousand_columns(tmp_path: Path) -> None:
    names = [f"g{number}" for number in range(9999)]
    rows = ([round((row * 37 + n * 11) % 101 / 7, 3) for n in range(9999)] for row in range(40))
    table = [(*names, "label"), *((*row, n % 3 % 2) for n, row in enumerate(rows))]
    completed = init(write_csv(tmp_path / "file.csv", table), "init_wide", "--json")
    assert len(completed.json["columns"]) > 9000


@pytest.mark.integration
def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    rows = [(*row[1:3], n % 5) for n, row in enumerate(customers())]
    data = write_csv(tmp_path / "file.csv", [("plan", "age", "visits"), *rows[1:]])
    config = tmp_path / "init_asked.yaml"
    command = [sys.executable, ROOT / "run.py", "init-config", "--data", data, "--output", config]
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"nothing\nvisits\nneither\n\x04")  # Ctrl-D in the end
    ended = subprocess.run(
        [*map(str, command), "--name", "init_asked"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        timeout=120,
        check=False,
    )
    screen = os.read(keyboard, 65536).decode()
    os.close(terminal)
    os.close(keyboard)
    assert ended.returncode == 130, screen
    assert "1  visits (the last column)" in screen
    assert "there is no 'nothing'" in screen
    assert "visits has 5 distinct numbers from 0 to 4" in screen
    assert screen.count("is it a class or a quantity?") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file.csv"]


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_the_help_teaches(arguments: tuple[str, ...]) -> None:
    completed = run_cli("init-config", "--help", *arguments)
    assert completed.code == 0
    assert "--target price" in completed.out


FILES = {"init_table": customers(), "init_texts": reviews(), "init_houses": houses()}


@pytest.fixture(scope="module")
def released(stack: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What training said of three files, none of which was touched."""
    folder = tmp_path_factory.mktemp("unseen")
    for name, rows in FILES.items():
        mark = ";" if name == "init_houses" else ","
        init(write_csv(folder / f"{name}.csv", rows, mark), name, "--target", str(rows[0][-1]))
    return {name: train(folder / f"{name}.yaml") for name in FILES}


@pytest.mark.integration
@pytest.mark.parametrize("name", FILES)
def test_it_is_promoted_untouched(released: dict[str, Any], name: str) -> None:
    assert released[name]["status"] == "promoted"


@pytest.mark.served
def test_and_served(released: dict[str, Any], tmp_path: Path) -> None:
    server = launch("init_houses:latest", tmp_path)
    try:
        server.wait_until(lambda: _is_ready(server))
        row = {"Ort": "Köln", "Fläche": 100, "verkauft am": "2020-05-01"}
        with server.client() as client:
            answer = client.post("/predict", json={"row": row})
            assert answer.status_code == 200, answer.text
            assert 280_000 < answer.json()["value"] < 400_000
            assert client.post("/predict", json={"row": {**row, "Flache": 1}}).status_code == 422
    finally:
        server.kill()


def _is_ready(server: Server) -> bool:
    assert server.process.poll() is None, server.output
    try:
        return bool(server.get("/health")["status"] == "ok")
    except (httpx.TransportError, KeyError):
        return False
