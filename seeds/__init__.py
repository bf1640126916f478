"""Outside data becomes records."""
