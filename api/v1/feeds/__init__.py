"""Feeds: what changed in the answer to a question, newest first, as Atom and as JSON Feed."""
