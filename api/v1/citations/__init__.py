"""Citations of claims and releases: the facts of each, and the styles in which they are written."""
