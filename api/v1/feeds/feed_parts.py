"""What a feed and an entry consist of, in either format."""

from collections.abc import Sequence
from typing import NamedTuple


class FeedEntry(NamedTuple):
    """One change. `page`: the address for people, if there is one. `data`: the address for programs."""

    id: str
    title: str
    content: str  # plain text
    updated: str  # RFC 3339, UTC
    author: str
    page: str | None
    data: str


class Feed(NamedTuple):
    """A feed. `address`: its own; `answer`: that of the question as JSON; `site`: the public address."""

    title: str
    address: str
    answer: str
    site: str
    licence: str
    entries: Sequence[FeedEntry]
    begun_at: str  # when the database was first written

    @property
    def updated(self) -> str:
        """Return when the feed changed last. One without entries has not changed since the database began."""
        return max((entry.updated for entry in self.entries), default=self.begun_at)
