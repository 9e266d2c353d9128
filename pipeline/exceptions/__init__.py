"""What `penstock exception` does with exception files: draft, renew, list, approve, prune."""
