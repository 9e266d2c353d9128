"""Small programs of our own, started as children with the standard library alone."""
