"""The command that loads the seed records."""
