"""Build a mapping from the HXL hashtags of a file."""
