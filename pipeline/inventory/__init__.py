"""The inventory: everything that a run owes an answer for, found before any scanner starts."""
