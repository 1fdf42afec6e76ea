"""Great Expectations on each split, and the leakage check between them."""

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from adapters.caching import cache_policy
from adapters.validation import check, conclude
from core.config.data import ValidationConfig
from core.config.evaluation import CostConfig
from core.data.dataset import Dataset
from core.evaluation.thresholds import positive_class
from core.tasks import get_task
from expectations.result import Violation


@step(cache_policy=cache_policy(__file__))
def validate_splits(
    train: Dataset,
    validation: Dataset,
    test: Dataset,
    task: str,
    config: ValidationConfig,
    costs: CostConfig,
) -> Annotated[HTMLString, "split_validation"]:
    """Fail once, with all violations of all splits, or return the page of the checks.

    ``costs`` must fit the labels, which are known only now.
    """
    positive_class(train.labels, costs)
    chosen = get_task(task)
    splits = {"train": train, "validation": validation, "test": test}
    results = [check(chosen, split, config, "split", name) for name, split in splits.items()]
    leaks = [
        Violation(
            check="leakage",
            table=b,
            message=f"row {j} repeats row {i} of {a}; set validation.duplicates=drop",
        )
        for a, i, b, j in chosen.leaks(splits)
    ]
    return conclude(results, leaks, report_name="split_validation")
