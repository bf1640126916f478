"""Schemas: the contract between the database, the API and the files."""
