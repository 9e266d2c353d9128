"""The gate, broken on purpose."""
