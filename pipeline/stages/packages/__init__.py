"""Packages that locks name: all ecosystems that Trivy knows."""
