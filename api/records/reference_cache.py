"""The records that others refer to: keys, names, days and statuses by slug, cached for one transaction."""

from collections import defaultdict
from typing import Any, NamedTuple

from api.database.bulk import rows_by_slug
from api.database.models import Conflict, Event, Record, Side
from api.records.search_text import NAMES, folded_names

ACTIVE = "active"
MOST_CACHED = 1000  # records of one type, so that the memory of a transaction does not grow
DAYS: dict[type[Record], tuple[str, ...]] = {Event: ("started_on", "ended_on")}


class Named(NamedTuple):
    key: int
    words: str  # the names by which search finds a claim that refers to it, folded
    days: tuple[str, ...] = ()  # of an event: the first and the last
    status: str = ACTIVE


class Register:
    def __init__(self) -> None:
        self._cached: dict[type[Record], dict[str, Named]] = defaultdict(dict)
        self.landscape: Any = None  # of conflicts and sides: see `api.rules.fitting_references`

    def find(self, model: type[Record], slugs: set[str]) -> dict[str, Named]:
        """Return records by slug: those of `slugs` that exist, and possibly others."""
        cached = self._cached[model]
        unknown = slugs - cached.keys()
        if unknown and len(cached) > MOST_CACHED:
            cached.clear()
            unknown = slugs
        names = NAMES[model]
        for slug, key, status, *values in rows_by_slug(model, unknown, "status", *names, *DAYS.get(model, ())):
            cached[slug] = Named(key, folded_names(names, values[: len(names)]), tuple(values[len(names) :]), status)
        return cached

    def add(self, model: type[Record], keys: dict[str, int]) -> None:
        """Add new active records whose names are in no search text, so that they need no query."""
        cached = self._cached[model]
        if len(cached) > MOST_CACHED:
            cached.clear()
        cached.update((slug, Named(key, "")) for slug, key in keys.items())

    def forget(self, model: type[Record]) -> None:
        """Drop the records of a model, because one of them was changed."""
        self._cached.pop(model, None)
        if model in (Conflict, Side):
            self.landscape = None
