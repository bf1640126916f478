"""Records that may be recorded twice."""
