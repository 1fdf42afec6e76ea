"""Between steps and core: the code that speaks ZenML, MLflow and BentoML."""
