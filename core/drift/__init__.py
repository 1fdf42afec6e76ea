"""Drift: statistics of raw data and their severity."""
