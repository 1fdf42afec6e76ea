"""Gatehouse's command line; ``python run.py --help`` shows all of it."""

import gc
import sys

# Importing ZenML and MLflow allocates objects by the hundred thousand that live as long as the
# process; with the default thresholds the collector walks them again and again.
gc.set_threshold(100_000, 50, 50)

from cli.main import main  # noqa: E402

if __name__ == "__main__":
    code = main()
    gc.freeze()  # nor must the collector walk them once more at the end
    sys.exit(code)
