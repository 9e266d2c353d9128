"""Trivy, which answers four stages: how it is called, and how its reports are read."""
