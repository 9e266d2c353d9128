"""The evidence of a run on disk: written whole, read back with every digest checked."""
