"""Signatures by Sigstore: made with patience, and checked by a pinned root without the network."""
