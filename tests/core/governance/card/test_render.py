"""Both forms of a card: all sections, and no text that does anything but stand there."""

import math
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings, strategies as st
from rich.markdown import Markdown

from core.config.card import CardConfig
from core.evaluation.evaluation import Estimate, ThresholdChoice
from core.governance.card.render import escape_markdown, render_card
from core.governance.case import DriftContext
from core.governance.ledger import Draft
from core.governance.words import visible
from core.models.card import Card
from tests.core.governance.card.cases import (
    ABOUT,
    ENTRIES,
    LABELS,
    METRICS,
    case,
    comparison,
    evaluation,
    ledger,
    regression,
)

TITLES = [
    "Model and intended use",
    "Data",
    "Candidates",
    "Metrics",
    "Classes",
    "Calibration",
    "Slices",
    "Comparison with production",
    "Decision of the gate",
    "People",
    "Limits",
    "Lineage",
]
HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)> {{ 7 * 7 }} {% raw %}',
    "a | b \\| c\n| d |\n\n# Approved by nobody",
    "[click](javascript:alert(1)) ![x](//evil.example/x.png) <https://evil.example>",
    "```\n*bold* _it_ ~~no~~ `code` $x$ &lt;b&gt;",
    "- one\n- two",
    "1. one",
    "---",
    "\x1b[31m \x00 \u202eevil",
]


def card(found=None, about=ABOUT, entries=ENTRIES, version="4") -> Card:
    return render_card(
        found or case(),
        about=about,
        entries=entries,
        version=version,
        released_at="2026-01-02T03:15:00+00:00" if version else None,
        bento="news:4-0a1b2c3d",
    )


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of each element named ``wanted``."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def counts(self) -> dict[str, int]:
        names = [tag for tag, _ in self.tags]
        return {name: names.count(name) for name in set(names)}


def visible_text(html: str) -> str:
    body = html.partition("<body>")[2]
    return " ".join("\n".join(Elements(body).text).split())


def plain(markdown: str) -> str:
    """What a reader of the rendered Markdown sees."""
    lines = (child.content for token in parsed(markdown) for child in inline(token))
    return " ".join(" ".join(lines).split())


def parsed(markdown: str):
    """Its tokens: CommonMark with tables and strikethrough."""
    return Markdown(markdown).parsed


def inline(token):
    return token.children or ()


def titles(tokens) -> list[str]:
    opened = [n for n, token in enumerate(tokens) if token.type == "heading_open"]
    return [tokens[n + 1].content for n in opened if tokens[n].tag == "h2"]


def test_both_forms_have_every_section_in_the_same_order():
    made = card()
    assert re.findall(r'<h2 id="\w+">(.*?)</h2>', made.html) == TITLES
    assert titles(parsed(made.markdown)) == TITLES


@pytest.mark.parametrize(
    "fact",
    [
        "Sorts English news headlines for the desk.",
        "Not for social media.",
        "newsdesk@example.org",
        "CC-BY-4.0",
        "0.9087 to 0.9362",
        "World, Sports, Business, Sci/Tech",
        "12,345",
        "d" * 64,
        "svm was chosen",
        "length=1-142 characters",
        "source=wire",
        "version 3",
        "+0.0130, 95% interval +0.0021 to +0.0244",
        "p = 0.041; right alone: candidate 24, champion 11",
        "class=Sports",
        "test accuracy 0.9231 >= 0.9 passes",
        "equals the estimator on 2,015 rows",
        "1,234,567",
        "read the case, slices are fine",
        "grace",
        "a" * 64,
        "c" * 64,
        "e" * 40,
        "run-1",
        "mlflow-svm",
        "scikit-learn 1.7.2",
        "news:4-0a1b2c3d",
        "Slices with fewer than 30 test rows: source=blog (20).",
    ],
)
def test_both_forms_say_it(fact):
    made = card()
    assert fact in visible_text(made.html)
    assert fact in plain(made.markdown)


def test_equal_arguments_give_equal_bytes():
    assert card() == card()
    assert card().html != card(version="5").html


def test_the_page_is_complete_in_itself():
    html = card().html
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert not re.search(r"https?:|<script|<link|<img|url\(|@import|style=|\son\w+=", html)
    assert html.count("<style>") == html.count("</style>") == 1
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_only_what_belongs_to_the_run_is_among_the_people():
    assert "better than version 3" in card().html
    assert "Reason</th>" in card().html
    others = ledger(Draft(action="approval", by="mallory", reason="mine", run="run-0"))
    assert "mallory" not in card(entries=others).html
    assert "No person was asked" in card(entries=others).html
    assert "No person was asked" not in card().html


def test_a_candidate_is_no_release():
    made = card(version=None, entries=())
    assert "A candidate, not released" in visible_text(made.html)
    assert "not yet" in plain(made.markdown)
    assert made.markdown.startswith("# Model card: news\n")
    assert "No person was asked" not in made.markdown


def test_what_nobody_has_stated_is_said_to_be_missing():
    assert "card.intended_use is empty" in visible_text(card(about=CardConfig()).html)


def test_a_first_release_is_compared_with_nothing():
    first = comparison(
        champion=None, difference=None, low=None, high=None, verdict="no_champion",
        reason="no model is in production", mcnemar=None, differences={}, slices=(),
    )  # fmt: skip
    decision = case().decision.model_copy(update={"comparison": first, "production_version": None})
    text = plain(card(case(decision=decision)).markdown)
    assert "nothing to compare with: no model is in production" in text
    assert "McNemar" not in text


def test_drift_in_production_is_mentioned():
    drift = DriftContext(severity="high", run="run-9", at="2026-01-01T10:20:00Z")
    assert "in the batch of 2026-01-01 10:20 (run run-9)" in plain(card(case(drift=drift)).markdown)


def test_failed_and_skipped_rules_are_told_apart():
    rule = case().decision.rules[0]
    rules = (
        rule,
        rule.model_copy(update={"passed": False, "text": "test f1_macro fails"}),
        rule.model_copy(update={"skipped": True, "text": "class=* has too few rows"}),
    )
    html = card(case(decision=case().decision.model_copy(update={"rules": rules}))).html
    assert '<td class="fails">fails</td>' in html
    assert '<td class="holds">holds</td>' in html
    assert "<td>skipped</td>" in html


def test_undefined_metrics_are_called_so():
    nothing = Estimate(value=math.nan, low=math.nan, high=math.nan)
    metrics = evaluation().metrics | {"auc": nothing}
    found = case(evaluation=evaluation(metrics=metrics))
    made = card(found)
    for text in (visible_text(made.html), plain(made.markdown)):
        assert "AUC undefined undefined higher" in text
        assert "Undefined on these rows: auc." in text
        assert "nan" not in text.lower().split()
    undefined = comparison(differences={"auc": math.nan}, low=math.nan, high=math.nan)
    decision = case().decision.model_copy(update={"comparison": undefined})
    assert "95% interval undefined" in plain(card(case(decision=decision)).markdown)


def stage(text: str):
    """A case with the text in every place that a person or a data set fills."""
    labels = (text, *LABELS[1:])
    found = case()
    part = found.evaluation.slices[0].model_copy(update={"value": text})
    rule = found.decision.rules[0].model_copy(update={"text": text})
    differences = tuple(
        item.model_copy(update={"value": text}) for item in found.decision.comparison.slices
    )
    decision = found.decision.model_copy(
        update={
            "reasons": (text,),
            "rules": (rule,),
            "comparison": comparison(reason=text, slices=differences),
        }
    )
    selected = found.selected.model_copy(update={"name": text, "tracking_run_id": text})
    staged = case(
        model=text,
        started_by=text,
        git_commit=text,
        data=found.data.model_copy(update={"source": text, "splits": {text: 3}}),
        selected=selected,
        candidates=(selected,),
        evaluation=evaluation(labels=labels, slices=(part,)),
        decision=decision,
        libraries={text: text},
    )
    # The ledger takes no name with characters that can't be seen.
    act = Draft(action="approval", by=visible(text), reason=text, run="run-1")
    about = CardConfig(intended_use=text, limits=(text,), owner=text, license=text)
    return card(staged, about=about, entries=ledger(act))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element(text):
    made, harmless = stage(text), stage("harmless")
    assert Elements(made.html).counts() == Elements(harmless.html).counts()
    attributes = {name for _, found in Elements(made.html).tags for name in found}
    assert attributes == {name for _, found in Elements(harmless.html).tags for name in found}
    assert made.html.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_no_markdown(text):
    made, harmless = stage(text), stage("harmless")
    got, wanted = parsed(made.markdown), parsed(harmless.markdown)
    assert [token.type for token in got] == [token.type for token in wanted]
    kinds = {child.type for token in got for child in inline(token)}
    assert kinds <= {"text", "strong_open", "strong_close", "text_special"}
    assert titles(got) == TITLES


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_hostile_text_is_still_readable(text):
    shown = " ".join(text.split())
    assert shown in visible_text(stage(text).html)
    assert shown in plain(stage(text).markdown)


def test_what_can_not_be_seen_is_shown():
    made = stage(HOSTILE[-1])
    for form in (made.html, made.markdown):
        assert "\ufffd[31m" in form.replace("\\", "")
        assert not re.search("[\x00\x1b\u202e]", form)


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_any_text_stands_for_itself_in_markdown(text):
    tokens = parsed(f"| a |\n| - |\n| {escape_markdown(text)} |\n")
    assert [token.type for token in tokens].count("td_open") == 1
    kinds = {child.type for token in tokens for child in inline(token)}
    assert kinds <= {"text", "text_special"}
    lines = parsed(escape_markdown(text))
    assert [token.type for token in lines] in (
        [],
        ["paragraph_open", "inline", "paragraph_close"],
    )


def test_many_classes_and_slices_stay_small():
    labels = tuple(f"class {number} {'x' * 300}" for number in range(150))
    parts = evaluation().slices * 50
    made = card(case(evaluation=evaluation(labels=labels, slices=parts)))
    assert len(made.html.encode()) < 300_000
    text = visible_text(made.html)
    assert "The most frequent confusions" in text
    assert "90 more are in the evaluation of the run" in text
    assert "140 more are in the evaluation of the run" in text
    assert "and 120 more" in text


def test_every_metric_has_a_row():
    rows = re.findall(r'<th scope="row">([^<]+)</th>', card().html)
    assert {"Accuracy", "Macro F1", "Log loss", "Calibration error"} <= set(rows)
    assert len(METRICS) == 7


def of_quantity():
    data = case().data.model_copy(update={"columns": ("size", "region"), "target": "price"})
    found = comparison(
        metric="mae", champion=41_000, candidate=40_100, difference=-900, low=-1_500, high=-300,
        margin=820, mcnemar=None, differences={"mae": -900, "r2": 0.01}, slices=(),
    )  # fmt: skip
    decision = case().decision.model_copy(update={"comparison": found})
    return case(task="regression", data=data, evaluation=regression(), decision=decision)


@pytest.mark.parametrize(
    "fact",
    [
        "size, region",
        "price",
        "36090 to 44110",
        "-131.8, 95% interval -621.5 to 374.4",
        "0.8909, 95% interval 0.8428 to 0.9256",
        "115650",
        "region=west",
        "Worse than the rest beyond chance, by MAE: region=west (56360, the rest 40000).",
        "Name Loss of r2 Spread size 1.9573 0.11209",
        "Something was left out.",
        "-900, 95% interval -1500 to -300",
        "of the largest prediction",
    ],
)
def test_the_card_of_a_quantity_says_it(fact):
    made = card(of_quantity())
    assert fact in plain(made.markdown)
    assert fact in visible_text(made.html)


def test_the_card_of_a_quantity_speaks_of_no_classes():
    made = card(of_quantity())
    wanted = [title for title in TITLES if title not in ("Classes", "Calibration")]
    wanted[wanted.index("Slices") : wanted.index("Slices") + 1] = [
        "Residuals", "Slices", "What the model looks at",
    ]  # fmt: skip
    assert titles(parsed(made.markdown)) == wanted
    assert re.findall(r'<h2 id="\w+">(.*?)</h2>', made.html) == wanted
    for words in ("probability", "McNemar", "Classes", "Other labels"):
        assert words not in plain(made.markdown)


def test_two_classes_have_a_threshold():
    choice = ThresholdChoice(
        positive="yes", false_positive=1, false_negative=5, threshold=0.21, in_theory=1 / 6,
        validation_cost=0.4, test_cost=0.42, test_cost_of_half=0.61,
        test_saving=Estimate(value=0.19, low=0.12, high=0.26), costs=((0.0, 0.5), (0.5, 0.6)),
    )  # fmt: skip
    text = plain(card(case(evaluation=evaluation(threshold=choice))).markdown)
    assert "Cheapest threshold: 0.2100" in text
    assert "0.1900, 95% interval 0.1200 to 0.2600" in text
