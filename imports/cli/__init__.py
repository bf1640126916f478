"""The commands that import outside data."""
