"""The shape of the data: the contract between the database, the wire and the files."""
