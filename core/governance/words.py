"""What people say: their names and reasons, as the ledger keeps them.

A character that can't be seen makes two names of one person, and one that steers a terminal makes
it show what is not there; names and reasons have neither (Unicode TR 36, "Unicode Security
Considerations", section 3).
"""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

POLICY = "policy"  # who acts where nobody does
MAX_NAME, MAX_REASON = 200, 2000

# Categories Cc, Cf, Zl and Zp, and what is blank or ignored when shown: classes of a regular
# expression that Python and browsers read alike.
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_BUT_BREAKS = r"\x00-\x08\x0e-\x1f\x7f-\x9f"
_UNSEEN = (
    r"\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u115f-\u1160\u17b4-\u17b5"
    r"\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(rf"[{_CONTROLS}{_UNSEEN}\ud800-\udfff]")  # category Cs too


def clean_name(text: str) -> str:
    """A name without spaces around it.

    Raises:
        ValueError: it is blank, too long, or has a character that can't be seen.
    """
    return _clean(text.strip(), MAX_NAME)


def clean_reason(text: str) -> str:
    """A reason on one line.

    Raises:
        ValueError: it is blank, too long, or has a character that can't be seen.
    """
    return _clean(" ".join(text.split()), MAX_REASON)


def person_name(text: str) -> str:
    """A person's name, which is not that of automatic acts.

    Raises:
        ValueError: it is no name, or a reserved one.
    """
    if is_reserved(name := clean_name(text)):
        raise ValueError(f"{POLICY!r} is reserved for automatic acts")
    return name


def is_reserved(name: str) -> bool:
    """Whether a name is that of automatic acts."""
    return name_key(name) == POLICY


def name_key(name: str) -> str:
    """A name for comparing: without regard to case, width and spaces."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def visible(text: str) -> str:
    """A text of anybody's on one line, with what can't be seen written out by its number."""
    return _HIDDEN.sub(lambda found: ascii(found[0])[1:-1], " ".join(text.split()))


def _clean(text: str, longest: int) -> str:
    if not text:
        raise ValueError("must not be blank")
    if found := _HIDDEN.search(text):
        raise ValueError(f"has {found[0]!a}, a character that can't be seen")
    if len(text) > longest:
        raise ValueError(f"has {len(text)} characters, at most {longest} are allowed")
    return text


def _schema(controls: str, longest: int) -> dict[str, Any]:
    hidden = {"pattern": f"[{controls}{_UNSEEN}]"}
    return {"type": "string", "pattern": r"\S", "not": hidden, "maxLength": longest}


# The schemas say the same: ZenML checks by them whoever answers there.
Name = Annotated[str, AfterValidator(clean_name), WithJsonSchema(_schema(_CONTROLS, MAX_NAME))]
Reason = Annotated[
    str, AfterValidator(clean_reason), WithJsonSchema(_schema(_BUT_BREAKS, MAX_REASON))
]
