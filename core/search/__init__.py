"""The search of a candidate's values: trials by cross-validation within the training rows."""
