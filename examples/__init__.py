"""The example applications, and what builds their images and feeds."""
