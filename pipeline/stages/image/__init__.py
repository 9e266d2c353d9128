"""Images: what Trivy finds in them, and what of them nobody looked at."""
