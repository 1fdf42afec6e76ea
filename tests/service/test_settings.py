import pytest

from core.errors import ConfigError
from core.serving import LogSettings, ServingSettings
from service.settings import effective_settings

PACKED = ServingSettings(workers=2, log=LogSettings(record="full", sample=0.5))


def test_without_the_variable_the_packed_settings_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEHOUSE_SERVING", raising=False)
    assert effective_settings(PACKED) == PACKED
    monkeypatch.setenv("GATEHOUSE_SERVING", "  ")
    assert effective_settings(PACKED) == PACKED


def test_single_keys_are_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "{workers: 4, log: {sample: 1}, rate_limit: {per_second: 3}, reload_seconds: null}"
    monkeypatch.setenv("GATEHOUSE_SERVING", text)
    found = effective_settings(PACKED)
    assert (found.workers, found.reload_seconds) == (4, None)
    assert found.log == LogSettings(record="full", sample=1.0)
    assert found.rate_limit
    assert found.rate_limit.per_second == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workers", "write a mapping"),
        ("[1]", "write a mapping"),
        ("{a", "is not YAML"),
        ("{worker: 2}", "worker is not a known key; the keys are workers, max_batch"),
        ("{log: {size: 2}}", "log.size is not a known key; the keys are record, sample"),
        ("{workers: 0}", "workers: Input should be greater than 0, not 0"),
        ("{workers: many}", "workers: Input should be a valid integer"),
        ("{log: {sample: .nan}}", "log.sample"),
        ("{log: off}", "log: Input should be"),
        ("{cors_origins: [example.org]}", "cors_origins.0"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    monkeypatch.setenv("GATEHOUSE_SERVING", text)
    with pytest.raises(ConfigError) as error:
        effective_settings(PACKED)
    assert str(error.value).startswith("GATEHOUSE_SERVING")
    assert words in str(error.value)
