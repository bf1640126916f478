"""All changes of records: validate, write, number the revision."""
