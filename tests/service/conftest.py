from tests.serving import bentoml_home, fitted

__all__ = ["bentoml_home", "fitted"]
