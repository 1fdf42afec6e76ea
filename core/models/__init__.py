"""Models: text cleaning, candidate estimators, the exact scorer."""
