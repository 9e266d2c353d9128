"""An OCI registry in memory, on a loopback address, for tests."""
