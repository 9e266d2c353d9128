"""Tools for those who write policies: check, test, show and compare them."""
