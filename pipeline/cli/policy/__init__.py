"""`penstock policy`: one module for each of its commands, each with its view."""
