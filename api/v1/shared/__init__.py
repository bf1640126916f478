"""Code that several routes of version 1 share."""
