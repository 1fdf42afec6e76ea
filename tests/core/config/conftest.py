from typing import Any

import pytest


@pytest.fixture
def minimal() -> dict[str, Any]:
    """The shortest job config, as a YAML file gives it."""
    return {
        "name": "news",
        "data": {"source": {"kind": "embedded"}},
        "candidates": [{"name": "words", "model": "multinomial_nb"}],
    }
