"""Record types, and how rows become documents and documents become rows."""
