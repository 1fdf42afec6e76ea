"""ZenML steps: one per file, thin; the logic is in ``core`` and ``adapters``."""
