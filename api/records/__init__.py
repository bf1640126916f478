"""The only road by which a row changes: validate, write, number the revision."""
