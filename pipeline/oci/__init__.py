"""Container images: found, verified from index to diff ids, and laid out for a scanner."""
