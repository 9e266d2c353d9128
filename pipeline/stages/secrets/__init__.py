"""Secrets in the source, by Trivy."""
