"""The commands for release engineers."""
