"""Evidently's drift report as one HTML page."""

import pandas as pd


def drift_page(reference: pd.DataFrame, batch: pd.DataFrame, *, psi_threshold: float) -> str:
    """Render Evidently's data drift preset over all columns, with PSI as the method."""
    # Importing Evidently takes seconds; only monitoring needs it.
    from evidently import Report
    from evidently.presets import DataDriftPreset

    preset = DataDriftPreset(
        columns=list(reference.columns), num_method="psi", num_threshold=psi_threshold
    )
    page: str = Report([preset]).run(batch, reference).get_html_str(as_iframe=False)
    return page
