"""What the workers of a server share in its runtime folder, besides the runtime's own records."""

from pathlib import Path

from service import memory, rate_limit
from service.shared_table import SharedTable

METRICS_FOLDER = "metrics"
RATES_FILE = "rates"
ANSWERS_FILE = "answers"


def prepare(folder: Path) -> None:
    """Make it, before any worker starts."""
    (folder / METRICS_FOLDER).mkdir()
    SharedTable.create(folder / RATES_FILE, rate_limit.SLOTS, rate_limit.VALUE_SIZE)
    SharedTable.create(folder / ANSWERS_FILE, memory.SLOTS, memory.VALUE_SIZE)
