"""What training reaches, and how long it takes, beside plain scikit-learn."""
