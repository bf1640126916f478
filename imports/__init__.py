"""Import outside data as records."""
