"""Source code, by semgrep and the rules of the project."""
