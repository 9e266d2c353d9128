"""What the examples are built with; tests make images and databases of known answers with it."""
