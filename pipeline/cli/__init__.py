"""Arguments in, one exit code out: the only clock, the only exit, the only rich."""
