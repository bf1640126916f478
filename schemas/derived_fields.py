"""What follows from the fields that a writer sends: bounds, value, last day. The answer of the write shows it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import ValidationError

from schemas.fields import day_span, newest_day
from schemas.figures import correct_figure, derive_figure, derive_report_figure

Document = Mapping[str, Any]
FIGURES = ("claims", "reports")
#: The first and the last possible day of a record, and their precision if it has one.
SPANS: dict[str, tuple[str, str, str | None]] = {
    "claims": ("stated_on", "stated_until", "stated_precision"),
    "relations": ("stated_on", "stated_until", None),
    "sources": ("published_on", "published_until", "published_precision"),
}
EXACT_DAY = 1


class Derived(NamedTuple):
    """A document with what follows from it, and what was filled in: the reading to show to the writer."""

    document: dict[str, Any]
    reading: dict[str, Any]


def derive_fields(record_type: str, document: Document, claim: Document | None = None) -> Derived:
    """Fill in what a new record leaves out and what follows from the rest. Raises `PhraseError`.

    `claim` is that of a report. None: there is no such claim.
    """
    filled = _derive_figure(record_type, document, claim)
    filled |= _derive_last_day(record_type, filled)
    return Derived(filled, find_reading(document, filled))


def _derive_figure(record_type: str, document: Document, claim: Document | None) -> dict[str, Any]:
    if record_type == "reports" and claim is not None:
        return derive_report_figure(document, claim)
    return derive_figure(document) if record_type in FIGURES else dict(document)


def derive_corrected(record_type: str, old: Document, new: Document, patch: Document) -> dict[str, Any]:
    """Return a corrected record in which what follows from the patched fields has followed them."""
    corrected = correct_figure(new, patch) if record_type in FIGURES else dict(new)
    first, last, _ = SPANS.get(record_type, (None, None, None))
    if first and last and first in patch and last not in patch and old[first] == old[last]:
        return corrected | _derive_last_day(record_type, {**corrected, last: None})
    return corrected


def find_reading(sent: Document, filled: Document) -> dict[str, Any]:
    """Return the fields that were filled in."""
    if filled == sent:  # of most records of an array, all fields were sent
        return {}
    return {name: value for name, value in filled.items() if sent.get(name) != value}


def _derive_last_day(record_type: str, document: Document) -> dict[str, Any]:
    """Return the last possible day of a record that has one day, exactly known."""
    first, last, precision = SPANS.get(record_type, (None, None, None))
    if not first or not last or document.get(last) is not None or not _is_day(document.get(first)):
        return {}
    is_exact = precision is None or document.get(precision) in (None, EXACT_DAY)
    return {last: document[first]} if is_exact else {}


def _is_day(value: Any) -> bool:
    """Return whether a value is a day that has begun. A last day that follows from a wrong one would be wrong too."""
    try:
        return isinstance(value, str) and len(value) == len("2020-01-01") and day_span(value)[0] <= newest_day()
    except ValidationError:
        return False
