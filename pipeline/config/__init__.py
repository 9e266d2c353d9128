"""What the user asked for: read once, with the origin of every value."""
