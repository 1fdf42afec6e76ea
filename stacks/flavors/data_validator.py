"""Our data validator: ZenML's interface, Great Expectations and Evidently behind it."""

from collections.abc import Sequence
from typing import Any, ClassVar

import pandas as pd
from zenml.data_validators.base_data_validator import BaseDataValidator

from expectations.result import SuiteResult
from expectations.runner import run_suite
from stacks.flavors.data_validator_flavor import GatehouseDataValidatorFlavor
from stacks.flavors.drift_page import drift_page


class GatehouseDataValidator(BaseDataValidator):
    """Checks tables with Great Expectations 1.x and compares them with Evidently 0.7.

    ZenML's own flavors of both need versions of these libraries that can't be installed beside
    each other, and a stack holds one data validator.
    """

    NAME: ClassVar[str] = "Gatehouse"
    FLAVOR: ClassVar[type[GatehouseDataValidatorFlavor]] = GatehouseDataValidatorFlavor

    def data_validation(
        self,
        dataset: pd.DataFrame,
        comparison_dataset: Any = None,
        check_list: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> SuiteResult:
        """Check a table against the one suite that ``check_list`` names.

        Args:
            dataset: The columns that the suite speaks of.
            comparison_dataset: Not supported; must be None.
            check_list: Exactly one suite name.
            **kwargs: stage, table, parameters and tolerated of ``expectations.runner.run_suite``.
        """
        if comparison_dataset is not None or check_list is None or len(check_list) != 1:
            raise ValueError("data_validation takes one dataset and one suite name in check_list")
        return run_suite(dataset, suite=check_list[0], **kwargs)

    def data_profiling(
        self,
        dataset: pd.DataFrame,
        comparison_dataset: pd.DataFrame | None = None,
        profile_list: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> str:
        """Evidently's drift report of a batch against a reference, as a self-contained page.

        Args:
            dataset: The reference, numbers and categories.
            comparison_dataset: The batch, the same columns.
            profile_list: Not supported; must be None.
            **kwargs: psi_threshold.
        """
        if comparison_dataset is None or profile_list is not None:
            raise ValueError("data_profiling takes a reference and a comparison dataset, no list")
        return drift_page(dataset, comparison_dataset, **kwargs)
