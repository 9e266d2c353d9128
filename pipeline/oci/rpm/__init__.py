"""What rpm's databases say is installed, whichever of their three forms they have."""
