"""What a run would do, decided before anything runs."""
