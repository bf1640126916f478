"""The pages of a list: from the cursor of a request to a place in the list, and from a page to its neighbours."""

from typing import Any, NamedTuple

from flask import current_app

from api.history.revisions import current_revision
from api.http import cursors
from api.listings.query import Listing
from api.v1.shared.question_filters import select_filters

Query = dict[str, Any]
Values = tuple[Any, ...]


class Place(NamedTuple):
    """A place between two records of a list. `rows`: how many stand before it; None: not known any more."""

    values: Values  # the sort values of the record beside it
    is_end: bool  # the page ends here: it was asked for by `rel=prev`
    rows: int | None

    @property
    def bounds(self) -> dict[str, Values]:
        """Return the place as `read_rows` takes it."""
        return {"before" if self.is_end else "after": self.values}


class Neighbours(NamedTuple):
    """The cursors of the pages beside a page, and the number of its first row: 1 for the first of the list."""

    previous: str | None
    following: str | None
    first_row: int | None  # None: the database changed since the page from which its reader came


def read_place(listing: Listing, question: Query) -> Place | None:
    """Return where the page of the question begins or ends; None: it is the first. Raises the problem bad-cursor."""
    if "cursor" not in question:
        return None
    position = cursors.decode(current_app.config["SECRET"], _identify_list(listing, question), question["cursor"])
    if not isinstance(position[0], list):  # a cursor from before the ones that go back
        return Place(position, False, None)
    (is_end, rows, revision), *values = position
    return Place(tuple(values), is_end, rows if revision == current_revision() else None)


def find_bounds(place: Place | None) -> dict[str, Values]:
    return place.bounds if place else {}


def find_neighbours(
    listing: Listing, question: Query, place: Place | None, count: int, first: Values | None, last: Values | None
) -> Neighbours:
    """Return the cursors beside a page of `count` records. `first`, `last`: its ends, None where nothing is beyond."""
    rows = 0 if place is None else place.rows
    if place and place.is_end and rows is not None:
        rows = max(0, rows - count)

    def write(values: Values | None, is_end: bool, before: int | None) -> str | None:
        if values is None:
            return None
        position = ((is_end, before, current_revision()), *values)
        return cursors.encode(current_app.config["SECRET"], _identify_list(listing, question), position)

    following = write(last, False, None if rows is None else rows + count)
    return Neighbours(write(first, True, rows), following, None if rows is None else rows + 1)


def _identify_list(listing: Listing, question: Query) -> Any:
    """Return the question that a cursor belongs to: record type, filters and order."""
    return [listing.name, select_filters(question), question.get("sort", ())]
