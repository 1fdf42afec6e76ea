"""Models of tables: the encoder of columns, estimators, prediction intervals."""
