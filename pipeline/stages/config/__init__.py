"""Infrastructure files: what Trivy says of them, and which of them it looked at."""
