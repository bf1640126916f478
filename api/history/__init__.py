"""Revisions, and the rows of past revisions."""
