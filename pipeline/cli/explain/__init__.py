"""`penstock explain`: a finding, a verdict, and the way to PASS, on the console."""
