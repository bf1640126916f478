"""Pages of records for people: complete without a script, at a short address and at the address of the API."""
