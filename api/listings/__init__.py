"""Questions: plain arguments in, plain rows out."""
