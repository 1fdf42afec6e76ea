"""What is served of a fitted model: plain numbers, or scikit-learn's own pickle."""
