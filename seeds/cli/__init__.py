"""Commands that bring outside data in."""
