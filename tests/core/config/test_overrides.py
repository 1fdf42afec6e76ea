from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.config.overrides import apply_overrides
from core.errors import ConfigError

KEYS = st.lists(st.text("abcdefgh", min_size=1, max_size=5), min_size=1, max_size=4)
SCALARS = st.integers() | st.booleans() | st.none()


def test_the_config_itself_is_left_alone(minimal: dict[str, Any]) -> None:
    apply_overrides(minimal, ("candidates.0.name=other", "data.source.rows=9"))
    assert minimal["candidates"][0]["name"] == "words"
    assert minimal["data"]["source"] == {"kind": "embedded"}


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("x=7", 7),
        ("x=0.5", 0.5),
        ("x=true", True),
        ("x=", None),
        ("x=null", None),
        ("x='7'", "7"),
        ("x=a=b", "a=b"),
        ("x=[a, {b: 1}]", ["a", {"b": 1}]),
        (" x =y", "y"),
    ],
)
def test_values_are_yaml(override: str, value: object) -> None:
    assert apply_overrides({}, (override,)) == {"x": value}


@given(path=KEYS, value=SCALARS)
def test_any_path_is_made(path: list[str], value: object) -> None:
    shown = {None: "null", True: "true", False: "false"}.get(value, value)  # type: ignore[call-overload]
    node: Any = apply_overrides({}, (f"{'.'.join(path)}={shown}",))
    for key in path:
        node = node[key]
    assert node == value


def test_the_last_of_two_wins(minimal: dict[str, Any]) -> None:
    assert apply_overrides(minimal, ("seed=1", "seed=2"))["seed"] == 2


def test_a_number_is_an_item_of_a_list(minimal: dict[str, Any]) -> None:
    changed = apply_overrides(minimal, ("candidates.0.params.alpha=2",))
    assert changed["candidates"][0]["params"] == {"alpha": 2}
    assert apply_overrides(minimal, ("candidates.0={}",))["candidates"] == [{}]


@pytest.mark.parametrize(
    "overrides",
    [
        ("data.source.kind=file", "data.source.path=x.csv"),
        ("data.source.path=x.csv", "data.source.kind=file"),
    ],
)
def test_another_kind_of_source_drops_its_keys(
    minimal: dict[str, Any], overrides: tuple[str, ...]
) -> None:
    minimal["data"]["source"]["rows"] = 9
    changed = apply_overrides(minimal, overrides)
    assert changed["data"]["source"] == {"kind": "file", "path": "x.csv"}


def test_the_same_kind_keeps_the_keys(minimal: dict[str, Any]) -> None:
    minimal["data"]["source"]["rows"] = 9
    changed = apply_overrides(minimal, ("data.source.kind=embedded",))
    assert changed["data"]["source"]["rows"] == 9


def test_another_kind_of_vectorizer_keeps_the_keys(minimal: dict[str, Any]) -> None:
    minimal["candidates"][0]["vectorizer"] = {"kind": "tfidf", "ngram_range": [1, 2]}
    changed = apply_overrides(minimal, ("candidates.0.vectorizer.kind=count",))
    assert changed["candidates"][0]["vectorizer"] == {"kind": "count", "ngram_range": [1, 2]}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed", "write it as key=value"),
        ("=7", "write it as key=value"),
        ("a..b=7", "write it as key=value"),
        ("seed=[1", "quote the value"),
        ("candidates.1.name=x", "'1' is no item of this list (0 to 0)"),
        ("candidates.-1.name=x", "'-1' is no item of this list (0 to 0)"),
        ("candidates.first=x", "'first' is no item of this list (0 to 0)"),
        ("name.x=1", "name holds 'news', not keys"),
        ("name.x.y=1", "its parent holds 'news', not keys"),
    ],
)
def test_what_does_not_fit(minimal: dict[str, Any], override: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        apply_overrides(minimal, (override,))
    assert str(caught.value).startswith("--set ")
    assert message in str(caught.value)
