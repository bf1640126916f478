"""Statistics: one module per address."""
