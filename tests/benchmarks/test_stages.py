import subprocess
import sys

import pytest

from benchmarks.stages import import_seconds

LOG = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   encodings.utf_8
import time:       200 |        300 | site
import time:      1000 |       1000 |     numpy
import time:      2000 |       2000 |       pandas.core
import time:      4000 |       7000 |     pandas
something that a library printed
import time:      8000 |      16000 |   zenml.client
import time:     16000 |      32000 | zenml
"""


def test_an_import_counts_for_the_framework_that_asked_for_it():
    found = import_seconds(LOG)
    assert found == pytest.approx({"zenml": 0.025, "pandas": 0.006, "everything else": 0.0003})


def test_nothing_of_a_real_log_is_lost():
    log = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import scipy.sparse"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    rows = [line.split("|") for line in log.splitlines() if "[us]" not in line]
    total = sum(int(row[0].removeprefix("import time:")) for row in rows) / 1e6
    found = import_seconds(log)
    assert sum(found.values()) == pytest.approx(total)
    assert found["scipy"] > 0
