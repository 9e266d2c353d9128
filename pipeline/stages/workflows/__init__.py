"""Workflows of GitHub Actions, by zizmor."""
