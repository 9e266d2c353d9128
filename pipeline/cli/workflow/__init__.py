"""What only the GitHub action calls: its event, its outputs, the report on a change's policy."""
