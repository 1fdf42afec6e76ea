"""The config that is written: it loads, says why, and its bounds come from the data."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
import yaml

from core.config.data import FileSource
from core.config.job import JobConfig
from core.config.loading import parse_config
from core.config.yaml_text import parse_yaml
from core.profile.choices import Given, profile_sample
from core.profile.columns import Column
from core.profile.draft import draft_config
from core.profile.profile import Profile
from core.profile.sample import Sample
from tests.core.profile.files import Row, customers, houses, reviews


def profiled(rows: Sequence[Row], *, times: int = 1, whole: bool = True, **given: str) -> Profile:
    columns = {str(name): [str(row[i]) for row in rows[1:]] for i, name in enumerate(rows[0])}
    table = pa.table(columns)
    decimal = "," if "Fläche" in columns else "."
    source = FileSource(kind="file", path="some file.csv", decimal=decimal)
    sample = Sample(source, table, table.num_rows * times, is_estimate=not whole, is_typed=False)
    return profile_sample(sample, Given("COMMAND", **given), None)


def drafted(profile: Profile) -> tuple[str, JobConfig]:
    text = draft_config(profile, "mine", "COMMAND --data 'some file.csv'")
    return text, parse_config(parse_yaml(text))


def test_a_table() -> None:
    text, config = drafted(profiled(customers()))
    assert text.startswith(
        "# Written by: COMMAND --data 'some file.csv'\n# 300 rows, all looked at"
    )
    data = config.data
    assert data.columns == {
        "plan": "category",
        "age": "number",
        "spent": "number",
        "joined": "date",
    }
    assert (data.label, data.labels, data.drop) == (
        "churn",
        ("no", "yes"),
        ("customer_id", "region"),
    )
    for said in (
        "age: number                           # 18 to 80, 11% missing",
        "- customer_id                         # identifier: a text of its own in each row",
        "- region                              # constant: one value, 'EU'",
        "# taken for its target: a usual name, two values, the last column; 2 classes: no 62%, ",
    ):
        assert said in text
    assert config.validation.suite == "mine"
    assert config.validation.min_rows == 150
    assert config.validation.max_gap == pytest.approx(0.22)
    assert [rule.metric for rule in config.promotion.rules] == ["accuracy"]
    # 0.62 for the largest class, and 1.645 standard errors on 45 test rows.
    assert config.promotion.rules[0].value == pytest.approx(0.74)
    assert [candidate.model for candidate in config.candidates] == [
        "logistic_regression",
        "hist_gradient_boosting",
        "random_forest",
    ]


def test_texts() -> None:
    config = drafted(profiled(reviews(400)))[1]
    assert (config.task, config.data.text, config.data.label) == (
        "text_classification",
        "text",
        "sentiment",
    )
    validation = config.validation
    assert validation.min_characters < 60 < validation.max_characters
    assert [candidate.model for candidate in config.candidates] == [
        "logistic_regression",
        "logistic_regression",
        "linear_svm",
    ]


def test_a_quantity() -> None:
    config = drafted(profiled(houses(), target="price"))[1]
    assert (config.task, config.data.labels) == ("regression", None)
    assert config.data.source.decimal == ","
    assert config.data.columns == {"Ort": "category", "Fläche": "number", "verkauft am": "date"}
    rule = config.promotion.rules[0]
    assert (rule.metric, rule.op, rule.value) == ("r2", ">", 0.05)


def test_a_rare_class_is_judged_by_f1() -> None:
    rng = random.Random(1)
    rows = [("n", "y"), *((rng.random(), int(number % 50 == 0)) for number in range(1000))]
    config = drafted(profiled(rows))[1]
    assert config.selection.metric == config.promotion.compare.metric == "f1_macro"
    # Always the large class: F1 of it is 2 * 0.98 / 1.98, of the other 0; 150 test rows.
    assert config.promotion.rules[0].value == pytest.approx(0.514)
    assert config.validation.max_class_ratio == 98
    assert {candidate.params.class_weight for candidate in config.candidates} == {"balanced"}


def test_few_rows_are_split_otherwise() -> None:
    config = drafted(profiled(customers(60)))[1]
    assert config.data.split.test == 0.2
    assert config.validation.min_split_rows == 3
    assert drafted(profiled(customers(400)))[1].data.split.test == 0.15


def test_many_rows_are_limited_and_classes_not_pinned() -> None:
    text, config = drafted(profiled(customers(300), times=1000, whole=False))
    assert config.data.limit == 50_000
    assert config.data.labels is None
    assert "about 300,000 rows by the file's size, 300 looked at" in text
    assert config.validation.min_rows == 25_000


def test_a_limit_leaves_enough_of_the_rarest_class() -> None:
    rng = random.Random(1)
    labels = ["rare"] * 6 + ["p", "q"] * 597
    rows = [("n", "y"), *((rng.random(), label) for label in labels)]
    # 6 of 1,200 rows: 250 of the 50,000 that are usual.
    assert drafted(profiled(rows, times=100))[1].data.limit == 50_000
    # 6 of the 1,200,000 rows looked at.
    profile = replace(profiled(rows, times=10_000), target=rarer(profiled(rows), 1000))
    assert drafted(profile)[1].data.limit == 600_000


def rarer(profile: Profile, times: int) -> Column:
    """The target, as if it had that many times the rows but of the rarest class."""
    *common, (name, rows) = profile.target.levels
    many = tuple((level, count * times) for level, count in common)
    return replace(profile.target, rows=profile.target.rows * times, levels=(*many, (name, rows)))


def test_support_vectors_need_their_rows_after_the_limit() -> None:
    rows = [*reviews(400), *((f"{n} odd thing of few words to say", "rare") for n in range(12))]
    assert drafted(profiled(rows))[1].candidates[-1].model == "linear_svm"
    profile = profiled(rows, times=1000, whole=False)
    assert drafted(profile)[1].candidates[-1].model == "linear_svm"
    profile = replace(profile, target=rarer(profile, 1000))
    assert drafted(profile)[1].candidates[-1].model == "complement_nb"


def test_many_classes_get_no_boosting_and_small_trees() -> None:
    rows = [("n", "m", "y"), *((n * 0.37 % 1, n * 0.1 % 1, f"k{n % 40}") for n in range(2000))]
    config = drafted(profiled(rows, target="y"))[1]
    assert [candidate.model for candidate in config.candidates] == [
        "logistic_regression",
        "random_forest",
    ]
    assert config.candidates[1].params.min_samples_leaf == 4


def test_too_small_classes_get_no_support_vectors() -> None:
    rare = [(" ".join(["odd", "thing", "word", str(n)]), "rare") for n in range(4)]
    config = drafted(profiled([*reviews(300), *rare]))[1]
    assert [candidate.model for candidate in config.candidates][-1] == "complement_nb"


ODD = (
    "a=b",
    "c.d",
    "名前",
    "with: colon",
    "# hash",
    "tab\there",
    "line\nend",
    "yes",
    "~",
    "é" * 200,
)


def test_odd_names_and_values_survive() -> None:
    values = [f"{n * 0.37 % 1:.4f}" for n in range(200)]
    table = [
        (*ODD, "y"),
        *((*[value] * len(ODD), ("no", "null")[n % 2]) for n, value in enumerate(values)),
    ]
    text, config = drafted(profiled(table))
    assert tuple(config.data.columns or ()) == ODD
    assert config.data.labels == ("no", "null")
    assert max(map(len, text.splitlines())) < 400


def test_what_a_file_says_can_not_leave_its_comment() -> None:
    rows = [
        ("n", "c", "y"),
        *((n * 0.37 % 1, "x\nevil: 1\x1b[31m" if n % 3 else "z", n % 2) for n in range(90)),
    ]
    text = drafted(profiled(rows))[0]
    assert "\x1b" not in text
    assert "evil" not in yaml.safe_load(text)


def test_a_service_takes_what_was_seen() -> None:
    names = [f"measurement_{number}" for number in range(3000)]
    rows = [(*names, "y"), *((*[row * 0.37 % 1] * 3000, row % 2) for row in range(12))]
    assert drafted(profiled(rows))[1].serving.max_characters == 240_000
    assert "serving" not in drafted(profiled(customers()))[0]


def test_a_rule_on_hardly_any_rows_can_still_be_kept() -> None:
    rule = drafted(profiled(customers(40)))[1].promotion.rules[0]
    assert 0.8 < rule.value < 0.9


@pytest.mark.parametrize(("rows", "coverage"), [(30, 0.8), (80, 0.9)])
def test_of_few_rows_an_interval_promises_less(rows: int, coverage: float) -> None:
    text, config = drafted(profiled(houses(rows), target="price"))
    assert config.evaluation.coverage == coverage
    assert ("evaluation:" in text) == (coverage != 0.9)


def test_rows_that_repeat_are_kept() -> None:
    rng = random.Random(2)
    rows = [(rng.choice("ab"), rng.choice("cd"), rng.choice(("no", "yes"))) for _ in range(400)]
    validation = drafted(profiled([("p", "q", "churn"), *rows]))[1].validation
    assert (validation.duplicates, validation.min_split_rows) == ("report", 1)
    assert drafted(profiled(customers()))[1].validation.duplicates == "drop"
