"""From a case to a verdict: pure, and PASS last of all."""
