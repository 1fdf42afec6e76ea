"""The service needs no training library."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCKED = ("zenml", "mlflow", "pandas", "sklearn", "scipy", "evidently", "great_expectations")
PROGRAM = f"""
import sys
for name in {BLOCKED}:
    sys.modules[name] = None
import service.service
print(service.service.ModelService.name)
"""


def test_the_service_imports_without_the_training_libraries() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "gatehouse"
