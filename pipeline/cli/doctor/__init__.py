"""`penstock doctor`: what this machine and this repository can do."""
