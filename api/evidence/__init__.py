"""Read claims from the tables into the columnar image, and from the image for the rules.

Use `with open_frame() as frame:` inside `api.database.snapshot.open_snapshot`. `frame.claims` is SQL of all claims at
its revision for DuckDB, one row a claim. The frame also reads conflicts, sides, events and relations for the rules.
This package has no rule of reconciling, no question of the domain, and no Flask.

Read first: docs/developers/adr/0011. Then `columns` (the columns), `reading` (from the tables), `image` (the file),
`changes` (the claims that differ between two revisions), `overlay` (the claims laid over the image), `process` (one
DuckDB per process) and `frame`.
"""
