"""Python's requirements, by pip-audit."""
