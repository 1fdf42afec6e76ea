"""Readers of file formats: each gives the names of the columns, and their rows in batches."""
