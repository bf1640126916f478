"""Lists, single records and writes of every record type."""
