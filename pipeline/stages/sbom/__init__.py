"""The bill of materials, by Trivy and cyclonedx-py."""
