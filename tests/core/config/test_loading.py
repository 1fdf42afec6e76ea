import json
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.config.loading import config_hash, load_config, parse_config
from core.errors import ConfigError

CONFIGS = Path(__file__).parents[3] / "configs"
# A valid value other than the one of ``full`` for every leaf whose type does not suggest one.
OTHER = {
    "name": "other",
    "kind": "count",
    "path": "fancyzhx/other",
    "analyzer": "char",
    "text": "headline",
    "label": "topic",
    "suite": "other",
    "split": "validation",
    "duplicates": "fail",
    "op": ">",
    "allow": "any",
    "incomparable": "allow",
    "class_weight": None,
    "approval": "required",
    "against": None,
    "slice": "edition=morning",
    "severity": "medium",
    "target": "challenger",
    "mode": "shadow",
    "record": "full",
    "start": "released",
    "explain": "shap",
    "impute": "zero",
    "scale": "robust",
    "parts": "hour",
    "format": "tsv",
    "decimal": ".",
    "separator": "|",
    "solver": "tree",
    "sampler": "random",
    "dask": "tcp://other:8786",
    "columns": "text",
    "clip": 0.1,
}
OTHER_METRIC = {"accuracy": "f1_macro", "r2": "mae", "mae": "rmse"}
# One value only, or (the discriminators) with keys of their own; not there for this kind of task.
FIXED = {("task",), ("data", "source", "kind"), ("candidates", 0, "model"), ("selection", "split")}
FIXED |= {("promotion", "compare", key) for key in ("metric", "split")}
ABSENT = {
    "text": {("data", "columns")},
    "table": {
        ("data", "text"),
        ("data", "labels"),
        ("data", "slices", 0),  # a rule names it
        ("monitoring", "rollback", "min_accuracy"),
    },
}


def full(kind: str) -> dict[str, Any]:
    """A config with a value in every leaf that its task has, as ``plan --json`` shows it."""
    return parse_config(_text() if kind == "text" else _table()).model_dump(mode="json")


def _text() -> dict[str, Any]:
    vectorizer = {"max_features": 500, "ngram_range": [1, 2], "max_df": 0.9}
    search = {
        "space": {"params.C": {"low": 1, "high": 4}},
        "minutes": 5.0,
        "dask": "tcp://host:8786",
    }
    candidate = {
        "name": "svm",
        "model": "linear_svm",
        "vectorizer": vectorizer,
        "params": {"class_weight": "balanced", "C": 2.0},
        "search": search,
    }
    source = {"kind": "hub", "path": "fancyzhx/ag_news", "subset": "s", "revision": "r"}
    rules = [{"metric": "accuracy", "value": 0.5, "slice": "length=*", "against": "champion"}]
    return _shared(rules, {"severity": "high", "min_accuracy": 0.5}) | {
        "data": {"source": source, "labels": ["a", "b"], "slices": ["edition"], "limit": 100},
        "candidates": [candidate],
    }


def _table() -> dict[str, Any]:
    source = {"kind": "file", "path": "x.csv", "format": "csv", "separator": ";", "decimal": ","}
    vectorizer = {"max_features": 500, "ngram_range": [1, 2], "max_df": 0.9}
    search = {"space": {"params.alpha": {"low": 1, "high": 4}}, "minutes": 5.0}
    rules = [{"metric": "mae", "value": 0.5, "slice": "edition=*", "against": "champion"}]
    columns = {"rooms": "number", "edition": "category"}
    return _shared(rules, {"severity": "high"}) | {
        "task": "regression",
        "data": {
            "source": source | {"sheet": "first"},
            "columns": columns,
            "slices": ["edition"],
            "limit": 100,
        },
        "candidates": [
            {
                "name": "line",
                "model": "ridge",
                "params": {"alpha": 2.0},
                "vectorizer": vectorizer,
                "search": search | {"dask": "tcp://host:8786"},
            }
        ],
    }


def _shared(rules: list[dict[str, Any]], rollback: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "news",
        "evaluation": {"costs": {"positive": "b"}},
        "serving": {"rate_limit": {"per_second": 5.0}, "cors_origins": ["https://example.org"]},
        "promotion": {"rules": rules, "approvers": {"expires_hours": 1.5}},
        "monitoring": {"rollback": rollback},
        "zenml": {"settings": {"docker": {"build": {"flags": [1, True]}}}},
    }


def leaves(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if not isinstance(node, dict | list):
        yield path
        return
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield from leaves(value, (*path, key))


def other(path: tuple[str | int, ...], value: Any) -> Any:
    named = path[-1] if isinstance(path[-1], str) and path[-2:-1] != ("columns",) else path[-2]
    if value in OTHER_METRIC:
        return OTHER_METRIC[value]
    if named in OTHER:
        return OTHER[str(named)]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value * 0.99 if isinstance(value, float) else f"{value}x"


def changed(kind: str, path: tuple[str | int, ...]) -> dict[str, Any]:
    values = full(kind)
    parent = values
    for key in path[:-1]:
        parent = parent[key]  # type: ignore[index]
    parent[path[-1]] = other(path, parent[path[-1]])  # type: ignore[index]
    if path[:2] == ("data", "split"):  # the shares must still sum to 1
        shares = values["data"]["split"]
        rest = "test" if path[2] != "test" else "train"
        shares[rest] += 1 - sum(shares.values())
    if path == ("promotion", "rules", 0, "split"):  # parts are of the test split
        values["promotion"]["rules"][0] |= {"slice": None, "against": None}
    return values


def every_leaf() -> list[tuple[str, tuple[str | int, ...]]]:
    return [(kind, p) for kind in ABSENT for p in leaves(full(kind)) if p not in ABSENT[kind]]


@pytest.mark.parametrize(("kind", "path"), [c for c in every_leaf() if c[1] not in FIXED], ids=str)
def test_the_hash_covers_every_value(kind: str, path: tuple[str | int, ...]) -> None:
    assert config_hash(parse_config(changed(kind, path))) != config_hash(parse_config(full(kind)))


def test_the_hash_is_of_the_effective_config(minimal: dict[str, Any]) -> None:
    spelled_out = parse_config(minimal).model_dump(mode="json")
    reordered = dict(reversed(spelled_out.items()))
    assert config_hash(parse_config(reordered)) == config_hash(parse_config(minimal))


def test_a_config_survives_its_json(minimal: dict[str, Any]) -> None:
    config = parse_config(full("text"))
    assert parse_config(json.loads(config.model_dump_json())) == config


def test_a_config_is_frozen(minimal: dict[str, Any]) -> None:
    config = parse_config(minimal)
    for section, key in ((config, "seed"), (config.data, "limit"), (config.serving, "workers")):
        with pytest.raises(ValueError, match="frozen"):
            setattr(section, key, 5)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configs_load(path: Path) -> None:
    assert load_config(path).candidates


def test_overrides_are_validated_too(tmp_path: Path, minimal: dict[str, Any]) -> None:
    path = write(tmp_path, yaml.safe_dump(minimal))
    assert load_config(path, ("seed=5",)).seed == 5
    with pytest.raises(ConfigError, match="seed: input should be a valid integer, not 'five'"):
        load_config(path, ("seed=five",))


def write(folder: Path, text: str) -> Path:
    path = folder / "job.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_anchors_and_merges(tmp_path: Path, minimal: dict[str, Any]) -> None:
    text = yaml.safe_dump(minimal | {"candidates": []}).replace(
        "candidates: []",
        "candidates:\n  - &first {name: a, model: linear_svm, params: {C: 2.0}}\n"
        "  - {<<: *first, name: b}",
    )
    first, second = load_config(write(tmp_path, text)).candidates
    assert (first.name, second.name) == ("a", "b")
    assert first.model_dump(exclude={"name"}) == second.model_dump(exclude={"name"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no keys"),
        ("[]", "holds no keys"),
        ("5", "holds no keys"),
        ("a: [1", "not valid YAML"),
        ("a: 1\na: 2", "line 1: the key 'a' is repeated"),
        ("x: {}\ny:\n  b: 1\n  b: 2", "line 3: the key 'b' is repeated"),
        ("name: !!python/object:os.system x", "not valid YAML"),
        ("name: &a [*a]", "Circular reference"),
    ],
)
def test_bad_yaml(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"name: \xff")
    for path in (binary, tmp_path, binary / "below"):
        with pytest.raises(ConfigError, match="can't be read as UTF-8 text"):
            load_config(path)
    with pytest.raises(ConfigError, match=r"no such file; there is .*binary\.yaml"):
        load_config(tmp_path / "binray.yaml")
    with pytest.raises(ConfigError, match="no YAML file lies there"):
        load_config(tmp_path / "nowhere" / "job.yaml")


def test_full_has_a_value_in_every_leaf() -> None:
    """Else the test of the hash would not change it."""
    given = {kind: full(kind) for kind in ABSENT}
    assert None not in [reduce(getitem, path, given[kind]) for kind, path in every_leaf()]
