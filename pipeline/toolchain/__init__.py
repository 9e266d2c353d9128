"""Tools: found, verified and started here, and nowhere else."""
