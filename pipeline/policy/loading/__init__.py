"""From the files that people write to a policy: parsed, checked, every fault with its place."""
