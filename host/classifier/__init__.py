"""The classifier for Python programs, by the conventions of scikit-learn and without depending on it."""
