"""The exact scorer: a fitted text model served from plain numbers, without scikit-learn."""
