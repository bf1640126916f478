"""Numbered plain scripts; each is frozen once it has landed. `api.database.upgrade` runs them."""
