"""The run: start what the plan says, hold every answer against what was asked."""
