"""One module per container: from a file to rows of text."""
