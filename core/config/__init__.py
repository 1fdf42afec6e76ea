"""Job configs: strict models, YAML loading, overrides, hash."""

from core.config.job import JobConfig
from core.config.loading import load_config

__all__ = ["JobConfig", "load_config"]
