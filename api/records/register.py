"""What records refer to, looked up by slug and remembered while a transaction lasts: keys, names, days."""

from collections import defaultdict
from typing import NamedTuple

from api.models import Event, Record
from api.records.bulk import by_slug
from api.records.folding import NAMES, folded_names

STANDS = "active"
MOST = 1000  # of one noun, so that the memory of a transaction does not grow
DAYS: dict[type[Record], tuple[str, ...]] = {Event: ("started_on", "ended_on")}


class Named(NamedTuple):
    key: int
    words: str  # the names by which search finds a claim that refers to it, folded
    days: tuple[str, ...] = ()  # of an event: the first and the last
    status: str = STANDS


class Register:
    def __init__(self) -> None:
        self._known: dict[type[Record], dict[str, Named]] = defaultdict(dict)

    def find(self, model: type[Record], slugs: set[str]) -> dict[str, Named]:
        """Records by slug: those of the slugs that exist, and maybe others."""
        known = self._known[model]
        unknown = slugs - known.keys()
        if unknown and len(known) > MOST:
            known.clear()
            unknown = slugs
        names = NAMES[model]
        for slug, key, status, *told in by_slug(model, unknown, "status", *names, *DAYS.get(model, ())):
            known[slug] = Named(key, folded_names(names, told[: len(names)]), tuple(told[len(names) :]), status)
        return known

    def add(self, model: type[Record], keys: dict[str, int]) -> None:
        """New records that give claims no names: they need not be looked up."""
        known = self._known[model]
        if len(known) > MOST:
            known.clear()
        known.update((slug, Named(key, "")) for slug, key in keys.items())

    def forget(self, model: type[Record]) -> None:
        """One of these was changed."""
        self._known.pop(model, None)
