"""Names and reasons: nothing in them that can't be seen, wherever they come from."""

import json
import sys
import unicodedata

import jsonschema
import pytest
from hypothesis import given, strategies as st

from core.governance.approval import Answer
from core.governance.ledger import Draft
from core.governance.words import (
    MAX_NAME,
    MAX_REASON,
    clean_name,
    clean_reason,
    is_reserved,
    person_name,
    visible,
)

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
UNSEEN = ["\u200b", "\u034f", "\u3164", "\u115f", "\ufe0f", "\u2800", "\U000e0041"]
SCHEMA = Answer.model_json_schema()


def fits_schema(by: str, reason: str = "fine") -> bool:
    answer = json.loads(json.dumps({"approved": True, "by": by, "reason": reason}))
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(answer))


def test_no_hidden_character_gets_in() -> None:
    hidden = [chr(n) for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) in HIDDEN]
    kept = []
    for char in [*hidden, *UNSEEN]:
        try:
            kept.append(clean_name(f"an{char}a"))
        except ValueError as error:
            assert "can't be seen" in str(error)  # noqa: PT017
    assert kept == []


@pytest.mark.parametrize("char", ["\x1b", "\n", "\u202e", *UNSEEN])
def test_neither_schema_nor_ledger_takes_it(char: str) -> None:
    name = f"an{char}a"
    assert not fits_schema(name)
    with pytest.raises(ValueError, match="can't be seen"):
        Answer(approved=True, by=name, reason="fine")
    with pytest.raises(ValueError, match="can't be seen"):
        Draft(action="approval", by=name, reason="fine")
    written = Draft(action="approval", by="ana", reason=f"fi{char}ne").reason
    assert written == visible(written)
    assert char not in written


@pytest.mark.parametrize("name", ["ana", "Zoë Müller", "Ана", "李 雷", "o'neil-2@x.org", "नमस्ते"])
def test_names_of_people(name: str) -> None:
    assert clean_name(f"  {name} ") == name
    assert fits_schema(name)


@pytest.mark.parametrize("name", ["policy", " Policy", "ＰＯＬＩＣＹ"])  # noqa: RUF001
def test_the_name_of_automatic_acts_is_taken(name: str) -> None:
    assert is_reserved(name)
    with pytest.raises(ValueError, match="reserved for automatic acts"):
        person_name(name)
    assert Draft(action="expiry", by="policy", reason="late").by == "policy"


def test_a_reason_is_one_line() -> None:
    assert clean_reason(" fewer\r\n errors\tnow\n") == "fewer errors now"
    assert fits_schema("ana", "fewer\nerrors")
    assert Answer(approved=True, by="ana", reason="fewer\nerrors").reason == "fewer errors"
    with pytest.raises(ValueError, match=r"'\\x1b'"):
        clean_reason("\x1b[2J")
    assert visible("a\x1b[2J\u200b\nb\U000e0041") == r"a\x1b[2J\u200b b\U000e0041"


@pytest.mark.parametrize(("clean", "longest"), [(clean_name, MAX_NAME), (clean_reason, MAX_REASON)])
def test_bounds(clean: object, longest: int) -> None:
    assert callable(clean)
    assert clean("x" * longest) == "x" * longest
    for wrong, words in (("x" * (longest + 1), "at most"), (" \n", "blank"), ("", "blank")):
        with pytest.raises(ValueError, match=words):
            clean(wrong)


@given(st.text(max_size=20))
def test_zenml_takes_no_answer_that_we_refuse(text: str) -> None:
    for by, reason in ((text, "fine"), ("ana", text)):
        if fits_schema(by, reason):
            assert Answer(approved=True, by=by, reason=reason)
