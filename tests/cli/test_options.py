"""What commands refuse before anything starts."""

import pytest

from tests.gatehouse import run_cli

ROLLBACK = ("rollback", "news", "--yes", "--reason", "audit")


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "localhost:3000", "http://", "http://h:port", "http://h:99999", "http://\x1b"],
)
def test_a_service_that_can_not_be_asked(url: str) -> None:
    refused = run_cli(*ROLLBACK, "--service", url)
    assert refused.code == 2
    assert "--service" in refused.error


@pytest.mark.parametrize(
    "command",
    [
        ("train", "--config", "configs/quickstart.yaml"),
        ROLLBACK,
        ("challenger", "news", "--withdraw", "--reason", "slow"),
        ("approve", "news", "--reason", "fine"),
        ("doctor", "--fix"),
        ("ledger", "restore", "news", "--from", "README.md"),
    ],
)
@pytest.mark.parametrize(
    "name", [" ", "policy", "a\u200b", "a\x1b[2J", "a\nb", "a\u202eb", "x" * 201]
)
def test_a_name_that_is_none(command: tuple[str, ...], name: str) -> None:
    refused = run_cli(*command, "--by", name)
    assert refused.code == 2
    assert "--by" in refused.error
    assert "\x1b" not in refused.err


@pytest.mark.parametrize("reason", [" ", "a\x1b[2J", "a\u202eb", "x" * 2001])
@pytest.mark.parametrize(
    "command", [("rollback", "news", "--yes"), ("challenger", "news", "--withdraw")]
)
def test_a_reason_that_is_none(command: tuple[str, ...], reason: str) -> None:
    refused = run_cli(*command, "--reason", reason)
    assert refused.code == 2
    assert "--reason" in refused.error
