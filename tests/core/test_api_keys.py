"""The keys file: what goes in comes out, what is wrong names its line."""

import re
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given, settings, strategies as st

from core.api_keys import SCOPES, ApiKey, Scope, new_key, parse_keys
from core.errors import ConfigError

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
KEYS = st.builds(ApiKey, NAMES, st.sampled_from(SCOPES), DIGESTS)
NOISE = st.sampled_from(["", "   ", "# a comment", "  # ci:predict:0", "#"])
DIGEST = "0" * 64


@pytest.mark.parametrize("scope", SCOPES)
def test_a_new_key_is_known_by_its_line(scope: Scope) -> None:
    key, known = new_key("ci-1", scope)
    assert re.fullmatch(r"gh_[A-Za-z0-9_-]{43}", key)
    assert parse_keys(known.line) == [known]
    assert known == ApiKey("ci-1", scope, sha256(key.encode()).hexdigest())


def test_keys_are_never_the_same() -> None:
    assert len({new_key("ci", "predict")[0] for _ in range(100)}) == 100


@settings(max_examples=30)
@given(
    keys=st.lists(KEYS, max_size=5, unique_by=(lambda k: k.name, lambda k: k.digest)),
    data=st.data(),
)
def test_keys_survive_comments_and_blanks(keys: list[ApiKey], data: st.DataObject) -> None:
    lines = []
    for key in keys:
        lines += [*data.draw(st.lists(NOISE, max_size=2)), f"  {key.line} "]
    assert parse_keys("\r\n".join(lines)) == keys


@given(st.text() | st.text("a:#\n 0").map(lambda text: text.replace("0", DIGEST)))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ConfigError):
        keys = parse_keys(text)
        assert all(re.fullmatch(r"\S+:(predict|admin):[0-9a-f]{64}", key.line) for key in keys)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gh_secret", "expected NAME:SCOPE:SHA256"),
        (f"ci:predict:{DIGEST}:x", "expected NAME:SCOPE:SHA256"),
        (f"c i:predict:{DIGEST}", "name 'c i' must have"),
        (f":predict:{DIGEST}", "name '' must have"),
        (f"{'a' * 65}:predict:{DIGEST}", "must have 1 to 64"),
        (f"ci:root:{DIGEST}", "scope 'root' of 'ci' is unknown; use predict or admin"),
        (f"ci::{DIGEST}", "scope '' of 'ci' is unknown"),
        ("ci:admin:gh_secret", "the third field of 'ci' is no SHA-256"),
        (f"first:admin:{'1' * 64}", "the name 'first' is there twice"),
        (f"ci:admin:{'f' * 64}", "'ci' and 'first' have the same key"),
        (f"ci:admin:{'F' * 64}", "'ci' and 'first' have the same key"),
    ],
)
def test_a_wrong_line_is_named_and_not_shown(line: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_keys(f"# keys\nfirst:predict:{'f' * 64}\n\n{line}\n")
    assert str(caught.value).startswith("API keys, line 4: ")
    assert message in str(caught.value)
    assert "gh_secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "-a", "ä", "a\n", "a" * 65])
def test_a_bad_name_gets_no_key(name: str) -> None:
    with pytest.raises(ConfigError, match="must have 1 to 64 letters"):
        new_key(name, "predict")
