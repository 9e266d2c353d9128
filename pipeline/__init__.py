"""Penstock, a gate for delivery pipelines that never passes what it did not look at."""

__version__ = "0.1.0"
