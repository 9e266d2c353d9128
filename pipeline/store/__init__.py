"""The history of a repository: when a finding was seen first, and which runs there were."""
