"""What our data is, in the words of catalogues and of programs that read tables."""
