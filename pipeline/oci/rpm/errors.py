"""What is no database of rpm, or none that has one meaning."""


class UnreadableError(ValueError):
    """A database or a header is broken, or says something twice."""
