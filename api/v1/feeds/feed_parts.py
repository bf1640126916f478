"""What a feed and an entry consist of, in either format."""

from collections.abc import Sequence
from typing import NamedTuple

NO_CHANGE_YET = "1970-01-01T00:00:00Z"


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

    @property
    def updated(self) -> str:
        return max((entry.updated for entry in self.entries), default=NO_CHANGE_YET)
