"""Load our own packages: read, check and write them in one transaction."""
