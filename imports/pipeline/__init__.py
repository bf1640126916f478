"""The way from a file to the database: read, stage, check and write rows."""
