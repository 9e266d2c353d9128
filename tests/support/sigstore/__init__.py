"""A whole Sigstore on a loopback address, in the process of the test."""
