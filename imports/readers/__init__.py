"""The readers, one module per file format: from a file to rows of text."""
