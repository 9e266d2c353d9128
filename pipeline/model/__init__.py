"""The nouns. Frozen records that import only each other."""
