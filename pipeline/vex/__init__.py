"""Exceptions as statements that other tools understand, in the safe direction only."""
