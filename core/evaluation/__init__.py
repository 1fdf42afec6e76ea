"""Evaluation: metrics with intervals, comparison, plots, report."""
