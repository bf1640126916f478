"""The change log, its proofs, its feed, and redactions."""
