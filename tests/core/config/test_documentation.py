"""The configs in the documents are valid as they stand."""

import re
from typing import Any

import pytest
import yaml

from core.config.job import JobConfig
from core.config.loading import parse_config
from tests.conftest import ROOT

DATA = {"source": {"kind": "embedded", "rows": 600}, "slices": ["region"]}
REST = {"name": "documented", "candidates": [{"name": "words", "model": "multinomial_nb"}]}


def shown(document: str) -> list[dict[str, Any]]:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("document", ["config.md", "governance.md", "monitoring.md"])
def test_every_section_shown_is_valid(document: str) -> None:
    blocks = [block for block in shown(document) if isinstance(block, dict)]
    assert blocks
    for block in blocks:
        parse_config({"data": DATA} | REST | block, origin=document)


def test_every_key_is_documented() -> None:
    documents = ("config", "governance", "serving", "monitoring", "security")
    texts = [(ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in documents]
    words = set(re.findall(r"\w+", " ".join(texts)))
    sections = JobConfig.model_json_schema()["$defs"].items()
    keys = {(name, key) for name, section in sections for key in section.get("properties", ())}
    assert {(name, key) for name, key in keys if key not in words} == set()
