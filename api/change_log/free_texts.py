"""The fields with free text, which can be erased: the log has only commitments to them.

All other fields are words of a vocabulary, numbers, days and ids.
"""

from typing import Any

MARK = "[redacted]"  # in the record, in place of an erased text
#: The fields of any record type that people write in their own words.
FREE_TEXTS = frozenset({
    "admin1", "admin2", "aliases", "archived_url", "details", "figure_rule", "licence", "name", "note", "part",
    "phrase", "place", "place_aliases", "place_note", "publisher", "source_original", "status_reason", "title", "url",
})  # fmt: skip
#: Of these, the lists of texts, the objects, and the web addresses, which have to be an address or null.
TEXT_LISTS = frozenset({"aliases", "place_aliases"})
OBJECTS = frozenset({"details"})
ADDRESSES = frozenset({"archived_url", "url"})


def replacement_of(field: str) -> Any:
    """Return what replaces an erased text in a record: the mark, a list with it, or null for an address or object."""
    if field in ADDRESSES | OBJECTS:
        return None
    return [MARK] if field in TEXT_LISTS else MARK
