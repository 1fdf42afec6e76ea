"""The model card of a release.

Source of the contents: Mitchell et al. 2019, "Model cards for model reporting".
"""
