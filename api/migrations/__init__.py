"""Numbered plain scripts; each is frozen once it has landed. `api.upgrade` runs them."""
