"""Datasets: sources, fingerprint, sampling, splits."""
