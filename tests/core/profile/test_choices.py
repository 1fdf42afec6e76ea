"""Target and task: decided where it is clear, asked or refused where it is not."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from core.config.data import FileSource
from core.errors import ConfigError, DataError
from core.profile.choices import Given, profile_sample
from core.profile.columns import Column
from core.profile.profile import Profile
from core.profile.sample import Sample
from core.profile.target import Candidate
from core.profile.task import Verdict
from tests.core.profile.files import Row, customers, reviews

RNG = random.Random(5)
NOISE = [round(RNG.gauss(0, 1), 4) for _ in range(120)]
GROUPS = [RNG.choice("abcd") for _ in range(120)]
YES = [RNG.choice(["yes", "no"]) for _ in range(120)]


def of(columns: dict[str, Sequence[object]]) -> Sample:
    table = pa.table({name: list(map(str, values)) for name, values in columns.items()})
    source = FileSource(kind="file", path="file.csv")
    return Sample(source, table, table.num_rows, is_typed=False)


def of_rows(rows: Sequence[Row]) -> Sample:
    return of({str(name): [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])})


@dataclass
class Somebody:
    """Answers with the last of the candidates, and that it is a class."""

    asked: list[str] = field(default_factory=list)

    def target(self, ranked: Sequence[Candidate]) -> str:
        self.asked.append("target")
        return ranked[-1].name

    def classes(self, target: Column, verdict: Verdict) -> bool:
        self.asked.append(verdict.why)
        return True


@pytest.mark.parametrize(
    ("labels", "pinned"),
    [
        (("no", "no ", "yes"), ("no", "yes")),
        (("01", "02", "03"), ("01", "02", "03")),
        (("TRUE", "False", "true"), ("false", "true")),
    ],
)
def test_classes_are_named_as_a_run_reads_them(
    labels: tuple[str, ...], pinned: tuple[str, ...]
) -> None:
    profile = decided(of({"a": NOISE, "label": labels * 40}))
    assert profile.pinned_labels == pinned
    assert tuple(sorted(name for name, _ in profile.target.levels)) == pinned


def decided(sample: Sample, **given: str) -> Profile:
    return profile_sample(sample, Given("COMMAND", **given), None)


def refused(sample: Sample, kind: type[Exception] = ConfigError, **given: str) -> str:
    with pytest.raises(kind) as caught:
        decided(sample, **given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_mixed_table() -> None:
    profile = decided(of_rows(customers()))
    assert (profile.target.name, profile.task) == ("churn", "tabular_classification")
    assert profile.why_target == "taken for its target: a usual name, two values, the last column"
    assert {column.name: column.kind for column in profile.inputs} == {
        "plan": "category",
        "age": "number",
        "spent": "number",
        "joined": "date",
    }
    assert {c.name: c.problem.partition(":")[0] for c in profile.dropped} == {
        "customer_id": "identifier",
        "region": "constant",
    }
    assert profile.pinned_labels == ("no", "yes")


def test_one_text_and_a_class() -> None:
    profile = decided(of_rows(reviews()))
    assert (profile.target.name, profile.task) == ("sentiment", "text_classification")


def test_a_text_beside_other_columns_is_a_column_of_a_table() -> None:
    columns = {"text": [row[0] for row in reviews(120)[1:]], "n": NOISE, "label": YES}
    profile = decided(of(columns))
    assert profile.task == "tabular_classification"
    assert [column.kind for column in profile.inputs] == ["text", "number"]
    one = decided(of(columns), task="text_classification")
    assert [column.name for column in one.inputs] == ["text"]
    assert one.dropped[0].problem == "not used: the task takes one text"


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({"target": NOISE, "n": NOISE[::-1], "g": GROUPS}, "target"),
        ({"n": NOISE, "y": YES, "g": GROUPS}, "y"),
        ({"n": NOISE, "g": GROUPS, "house_price": NOISE[::-1]}, "house_price"),
        ({"n": NOISE, "isFraud": YES, "g": GROUPS}, "isFraud"),
        ({"n": NOISE, "Exited": YES, "g": GROUPS}, "Exited"),
    ],
)
def test_a_name_and_a_second_sign_are_clear(
    columns: dict[str, Sequence[object]], target: str
) -> None:
    assert decided(of(columns)).target.name == target


@pytest.mark.parametrize(
    "columns",
    [
        {"n": NOISE, "g": GROUPS, "b": NOISE[::-1]},
        {"n": NOISE, "price": NOISE[::-1], "g": GROUPS},
        {"target": NOISE, "n": NOISE[::-1], "label": GROUPS, "g": GROUPS[::-1]},
        {"n": NOISE, "class": GROUPS, "churn": YES, "g": GROUPS[::-1]},
    ],
    ids=["nothing speaks for one", "one sign", "two plain names", "as much for another"],
)
def test_anything_less_is_refused_with_the_command(columns: dict[str, Sequence[object]]) -> None:
    message = refused(of(columns))
    assert message.startswith("--target: no column clearly is what to predict; likeliest first: ")
    assert "choose: COMMAND --target " in message
    assert all(name in message for name in columns)


def test_or_asked() -> None:
    somebody = Somebody()
    sample = of({"n": NOISE, "g": GROUPS, "b": NOISE[::-1]})
    profile = profile_sample(sample, Given("COMMAND"), somebody)
    assert somebody.asked == ["target"]
    assert profile.why_target == "as answered"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([n % 2 for n in range(120)], "tabular_classification"),
        ([(n % 2) * 1.0 for n in range(120)], "tabular_classification"),
        (GROUPS, "tabular_classification"),
        ([n % 30 for n in range(120)], "regression"),
        (NOISE, "regression"),
        ([f"{n * 7 % 113 + 1000:,}" for n in range(120)], "regression"),
    ],
)
def test_the_task_follows_from_the_values(values: Sequence[object], task: str) -> None:
    assert decided(of({"n": NOISE[::-1], "y": values})).task == task


def test_a_float_label_has_whole_names() -> None:
    labels = [RNG.choice([0.0, 1.0, 2.0]) for _ in range(120)]
    profile = decided(of({"n": NOISE, "y": labels}), task="tabular_classification")
    assert profile.pinned_labels == ("0", "1", "2")


@pytest.mark.parametrize(
    "values", [[n % 5 + 1 for n in range(120)], [n % 8 / 2 for n in range(120)]]
)
def test_few_numbers_may_be_grades_or_amounts(values: Sequence[float]) -> None:
    sample = of({"n": NOISE, "y": values})
    message = refused(sample)
    assert "classes or a quantity? choose: COMMAND --target y --task tabular_class" in message
    assert "COMMAND --target y --task regression" in message
    assert decided(sample, task="regression").task == "regression"
    somebody = Somebody()
    assert profile_sample(sample, Given("COMMAND"), somebody).task == "tabular_classification"
    assert "distinct numbers" in somebody.asked[0]


def test_what_was_given_is_checked() -> None:
    sample = of_rows(customers())
    assert "did you mean 'churn'?" in refused(sample, target="Churn")
    assert "'region' can't be predicted: constant: one value, 'EU'" in refused(
        sample, target="region"
    )
    assert "no column holds free text" in refused(sample, task="text_classification")
    assert "holds no numbers" in refused(sample, DataError, target="plan", task="regression")
    assert decided(sample, target="plan").target.name == "plan"
    assert decided(sample, target="spent").task == "regression"


def test_columns_that_give_the_target_away_are_left_out() -> None:
    columns = {"n": NOISE, "copy": [f"{value}!" for value in YES], "y": YES}
    profile = decided(of(columns))
    assert profile.dropped[0].problem.startswith("leaks the target: tells the class of 100.0%")
    in_cents = {"g": GROUPS, "cents": [value * 100 for value in NOISE], "y": NOISE}
    assert "correlation" in decided(of(in_cents)).dropped[0].problem
    left_on = [f"2024-01-{n % 28 + 1:02}" if y == "yes" else "" for n, y in enumerate(YES)]
    problem = decided(of({"n": NOISE, "left_on": left_on, "y": YES})).dropped[0].problem
    assert problem.startswith("leaks the target: whether it is missing tells the class")


IDS = [f"id-{number}" for number in range(120)]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"n": NOISE[:1], "y": YES[:1]}, "no column can be predicted"),
        ({"n": NOISE[:3], "y": ["a", "b", "a"]}, "is known in 3 rows: a model needs 10"),
        ({"n": NOISE[:12], "y": NOISE[20:32]}, "is known in 12 rows: a model needs 25"),
        ({"a": [1] * 120, "y": ["x"] * 120}, "no column can be predicted"),
        ({"id": IDS, "y": YES}, "no column is left to predict 'y' from: id (identifier"),
        ({"a": [1] * 120, "y": YES}, "no column is left to predict 'y' from: a (constant"),
        ({"y": YES}, "no column is left"),
        ({"n": NOISE, "y": ["rare", *GROUPS[1:]]}, "classes of fewer than 3 rows: 'rare' (1)"),
        ({"n": ["inf", *NOISE[1:]], "y": YES}, "infinite values in n (1)"),
        ({"n": NOISE, "y": ["NA", *(n % 2 for n in range(119))]}, "holds numbers and NA"),
    ],
    ids=[
        "one row",
        "three rows",
        "a quantity in twelve rows",
        "all constant",
        "only an identifier",
        "only a constant",
        "only the target",
        "a class with one member",
        "infinity",
        "a word for a gap in a numeric label",
    ],
)
def test_what_makes_no_model_is_refused(columns: dict[str, Sequence[object]], words: str) -> None:
    kind = ConfigError if "can be predicted" in words else DataError
    assert words in refused(of(columns), kind)


def test_too_many_classes() -> None:
    names = [f"n{number % 40}" for number in range(120)]
    assert "40 distinct values" in decided(of({"n": NOISE, "y": names})).why_task
    many = {"n": NOISE * 2, "y": [f"n{number % 119}" for number in range(240)]}
    assert "too many for classes" in refused(of(many), DataError)


def test_a_target_with_gaps_is_learnt_where_it_is_known() -> None:
    gaps = ["" if number % 20 == 0 else value for number, value in enumerate(YES)]
    profile = decided(of({"n": NOISE, "y": gaps}))
    assert (profile.target.missing, profile.pinned_labels) == (6, ("no", "yes"))


def test_dates_in_several_formats_are_no_dates() -> None:
    dates = [("31.12.2024", "2024-12-31", "12/31/24")[number % 3] for number in range(120)]
    column = decided(of({"d": dates, "n": NOISE, "y": YES})).inputs[0]
    assert column.kind == "category"


def test_odd_names_are_names() -> None:
    names = ["a=b", "c.d", "名前", "with: colon", "# hash", "tab\there"]
    profile = decided(of(dict.fromkeys(names, NOISE) | {"y": YES}))
    assert [column.name for column in profile.inputs] == names


def test_a_column_without_a_name_is_left_out() -> None:
    profile = decided(of({"": NOISE, "n": NOISE[::-1], "y": YES}))
    assert [column.name for column in profile.inputs] == ["n"]
    assert profile.dropped[0].problem.startswith("it has no name")
