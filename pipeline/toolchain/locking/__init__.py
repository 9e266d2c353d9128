"""Makes the tool lock: asks where tools come from what there is, and writes down what was said."""
