"""A card as HTML and as Markdown: the same sections through two templates that escape all."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from core.config.card import CardConfig
from core.evaluation.metrics import METRIC_TITLES, figure
from core.governance.card.blocks import between, short
from core.governance.card.sections import sections
from core.governance.case import Case
from core.governance.ledger import Entry
from core.models.card import Card

# What a reader looks for, of classes or of a quantity.
FIRST = ("accuracy", "f1_macro", "ece", "r2", "mae", "mape")
HTML, MARKDOWN = "card.html.j2", "card.md.j2"
# Control characters but white space, and what turns the direction of text around (Boucher &
# Anderson 2023, "Trojan Source: invisible vulnerabilities").
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
# Characters that mean something in CommonMark, its tables and strikethrough, or in mathematics.
_SPECIAL = re.compile(r"([\\`*_\[\]#|~$!])")
# What would begin a list or a rule.
_MARKER = re.compile(r"^(\d{0,9})([-+=.)])(?![\w.])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def render_card(
    case: Case,
    *,
    about: CardConfig,
    entries: Sequence[Entry] = (),
    version: str | None = None,
    released_at: str | None = None,
    bento: str | None = None,
) -> Card:
    """Renders the card; equal arguments give equal bytes.

    Args:
        case: What the gate found.
        about: What people say of the model.
        entries: The model's ledger; those of the case's run are shown.
        version: The model's version in the registries; None: not released.
        released_at: UTC, ISO 8601.
        bento: Exact tag of its Bento.
    """
    parts = sections(case, about, entries, version=version, released_at=released_at, bento=bento)
    shown = {
        "title": short(case.model),
        "version": version,
        "task": case.task.replace("_", " "),
        "released_at": (released_at or "")[:10],
        "summary": _summary(case),
        "sections": parts,
    }
    return Card(
        html=_html().get_template(HTML).render(shown),
        markdown=_markdown().get_template(MARKDOWN).render(shown),
    )


def visible(value: object) -> object:
    """The value; in a text, what can't be seen becomes U+FFFD, and every line ends with LF."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNSEEN.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    return value


def escape_markdown(value: object) -> str:
    """Text that stands for itself in a line or a table's cell of Markdown."""
    line = " ".join(str(visible(value)).split())
    escaped = _SPECIAL.sub(r"\\\1", line).translate(_ENTITIES)
    return _MARKER.sub(r"\1\\\2", escaped)


def _summary(case: Case) -> list[tuple[str, str, str]]:
    """The metrics that come first, with their intervals."""
    metrics = case.evaluation.metrics
    return [
        (
            METRIC_TITLES[name],
            figure(name, metrics[name].value),
            between(figure(name, metrics[name].low), figure(name, metrics[name].high)),
        )
        for name in FIRST
        if name in metrics
    ]


@cache
def _html() -> Environment:
    return _environment(autoescape=True, finalize=visible)


@cache
def _markdown() -> Environment:
    return _environment(finalize=escape_markdown)


def _environment(**options: Any) -> Environment:
    return Environment(  # noqa: S701 - what is no HTML is escaped by its own rules
        loader=PackageLoader("core.governance.card", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )
