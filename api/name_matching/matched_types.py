"""The record types that can be found by name: their names, and the properties that narrow a search."""

from collections.abc import Callable
from typing import Any, NamedTuple

from api.listings import claimants, conflicts, events, sides, sources
from api.listings.query import Listing

Document = dict[str, Any]


class Property(NamedTuple):
    """A fact of a record that a query may state. `fields` are the fields of the record that may have it."""

    id: str
    name: str
    fields: tuple[str, ...]


class MatchedType(NamedTuple):
    """A record type whose records are found by their names."""

    id: str  # as in the address of the record
    name: str
    listing: Listing
    list_names: Callable[[Document], list[str]]  # the first is shown
    list_hints: Callable[[Document], list[str]]  # what people call it by, but others share: its place, its publisher
    describe: Callable[[Document], str]
    properties: tuple[Property, ...]

    def find_property(self, property_id: str) -> Property | None:
        return next((known for known in self.properties if known.id == property_id), None)


def _list_side_names(side: Document) -> list[str]:
    return [side["name"], *side["aliases"]]


def _list_places(event: Document) -> list[str]:
    return [event["place"], *event["place_aliases"]]


def _list_titles(source: Document) -> list[str]:
    publisher, title = source["publisher"], source["title"]
    return [title, f"{publisher}: {title}"] if title else [f"{publisher} (without a title)"]


def _list_publisher(source: Document) -> list[str]:
    return [source["publisher"]]


def _list_nothing(record: Document) -> list[str]:
    return []


def _list_name(record: Document) -> list[str]:
    return [record["name"]]


def _describe_side(side: Document) -> str:
    return _join_facts("side", side["kind"], side["country"], *side["aliases"][:3])


def _describe_claimant(claimant: Document) -> str:
    side = claimant["side"]
    return _join_facts("claimant", claimant["kind"], f"speaks for {side['name']}" if side else None)


def _describe_conflict(conflict: Document) -> str:
    return _join_facts("conflict", _join_days(conflict["started_on"], conflict["ended_on"]), conflict["country"])


def _describe_event(event: Document) -> str:
    days = _join_days(event["started_on"], event["ended_on"])
    return _join_facts("event", event["sub_type"], days, event["place"], event["country"], event["conflict"]["name"])


def _describe_source(source: Document) -> str:
    return _join_facts("source", source["publisher"], source["published_on"], source["language"])


def _join_facts(*facts: str | None) -> str:
    """Return facts as one line for people: `state_ministry` → `state ministry`. Unknown facts are left out."""
    return ", ".join(fact.replace("_", " ") for fact in facts if fact and fact != "unknown")


def _join_days(first: str | None, last: str | None) -> str | None:
    return first if first == last or not last else f"{first or '…'} to {last}"


COUNTRY = Property("country", "Country (ISO 3166-1 alpha-3)", ("country",))
KIND = Property("kind", "Kind", ("kind",))
CONFLICT = Property("conflict", "Conflict", ("conflict",))

#: Every record type with names, in the order in which equal candidates are listed.
MATCHED_TYPES = {
    matched.id: matched
    for matched in (
        MatchedType(
            "conflicts", "Conflicts", conflicts.LISTING, _list_name, _list_nothing, _describe_conflict,
            (COUNTRY, Property("side", "Side", ("sides",)), Property("parent", "Conflict of the phase", ("parent",)),
             Property("day", "A day of the conflict", ("started_on", "ended_on"))),
        ),
        MatchedType(
            "sides", "Sides", sides.LISTING, _list_side_names, _list_nothing, _describe_side,
            (COUNTRY, KIND, Property("member_of", "Coalition", ("member_of",))),
        ),
        MatchedType(
            "claimants", "Claimants", claimants.LISTING, _list_name, _list_nothing, _describe_claimant,
            (KIND, Property("side", "Side that it speaks for", ("side",)),
             Property("affiliation", "Side that it belongs to", ("affiliation",))),
        ),
        MatchedType(
            "events", "Events", events.LISTING, _list_name, _list_places, _describe_event,
            (CONFLICT, COUNTRY, Property("side", "Side", ("sides",)), Property("place", "Place", ("place",)),
             Property("admin1", "Province", ("admin1",)),
             Property("day", "A day of the event", ("started_on", "ended_on"))),
        ),
        MatchedType(
            "sources", "Sources", sources.LISTING, _list_titles, _list_publisher, _describe_source,
            (KIND, Property("publisher", "Publisher", ("publisher",)), Property("language", "Language", ("language",)),
             Property("url", "Address", ("url", "archived_url")),
             Property("day", "Day of publication", ("published_on", "published_until"))),
        ),
    )
}  # fmt: skip
