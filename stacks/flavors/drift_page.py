"""Evidently's drift report as one HTML page."""

import pandas as pd


def drift_page(reference: pd.DataFrame, batch: pd.DataFrame, *, psi_threshold: float) -> str:
    """Render Evidently's data drift preset over all columns, with PSI as the method.

    Args:
        reference: Numbers and categories (text).
        batch: The same columns.
        psi_threshold: From which PSI on a column has drifted.
    """
    # Importing Evidently takes seconds; only monitoring needs it.
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    numbers = list(reference.select_dtypes("number").columns)
    categories = [name for name in reference.columns if name not in numbers]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
    preset = DataDriftPreset(method="psi", threshold=psi_threshold)
    before, after = (
        Dataset.from_pandas(_without_empty(frame), definition) for frame in (reference, batch)
    )
    page: str = Report([preset]).run(after, before).get_html_str(as_iframe=False)
    return page


def _without_empty(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with zeros in columns without any value, which Evidently refuses."""
    return frame.fillna(dict.fromkeys(frame.columns[frame.isna().all()], 0.0))
