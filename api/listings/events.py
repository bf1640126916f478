"""The listing of events, with their sides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import JOIN, ModelSelect

from api.database.models import Conflict, Event, EventSide, Side
from api.database.statements import fetch_tuples
from api.listings.columns import attached_column, plain_column
from api.listings.filters import (
    Group,
    at_least,
    at_most,
    bbox_filter,
    begun_in,
    dataset_filter,
    dataset_of,
    link_filter,
    reference_filter,
    text_filter,
    value_filter,
)
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import Among, RowGroups, register_listing
from schemas.fields import NONE


def name_events(slugs: Iterable[str]) -> dict[str, str]:
    """Return the names of these events, by id."""
    return dict(fetch_tuples(Event.select(Event.slug, Event.name).where(Event.slug.in_(sorted(slugs)))))


def _select_sides(among: Among) -> ModelSelect[Any]:
    return (
        EventSide.select(EventSide.event, Side.slug, Side.name, EventSide.role)
        .join(Side, on=EventSide.side)
        .where(among(EventSide.event))
        .order_by(EventSide.event, EventSide.position)
    )


#: The sides of each event with their roles, in the order of its record.
read_sides = RowGroups(_select_sides, ("id", "name", "role"))


def with_side(slugs: Any) -> ModelSelect[Any]:
    query = EventSide.select(EventSide.event).join(Side, on=EventSide.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


def join_sides(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(EventSide, JOIN.LEFT_OUTER, on=(EventSide.event == Event.id))


COLUMNS = {
    **derive_columns(
        Event,
        "id", "name", "conflict", "type", "sub_type", "violence", "cause", "started_on", "ended_on", "date_precision",
        "place", "place_aliases", "admin1", "admin2", "country", "latitude", "longitude", "place_precision",
        "place_note", "clarity",
    ),
    "sides": attached_column(read_sides),
    **derive_columns(Event, "note", "status", "status_reason"),
    "dataset": plain_column(dataset_of("events", Event)),
    **derive_columns(Event, "revision", "created_at", "updated_at"),
}  # fmt: skip

WHERE = {
    **derive_filters(Event, "id", "type", "sub_type", "country", "admin1", "place_precision"),
    "conflict": reference_filter(Event.conflict, Conflict, below="phases")._replace(
        group=Group((Event.conflict,), selected_by="recorded_conflict")
    ),
    "recorded_conflict": reference_filter(Event.conflict, Conflict),
    "side": link_filter(
        with_side, Event.id, requires=Side.slug, group=Group((EventSide.side,), join_sides, several=True)
    ),
    "dataset": dataset_filter("events", Event),
    "violence": value_filter(Event.violence, empty=NONE),  # `none` is a word of this list, not a missing value
    "cause": value_filter(Event.cause, empty=NONE),
    "from": at_least(Event.ended_on),
    "to": at_most(Event.started_on),
    "year": begun_in(Event.started_on, 4),
    "month": begun_in(Event.started_on, 7),
    "bbox": bbox_filter(Event.latitude, Event.longitude),
    "as_of": at_most(Event.started_on),
    "q": text_filter(Event),
}

LISTING = register_listing(
    "events",
    Event,
    columns=COLUMNS,
    where=WHERE,
    sort=derive_sorts(Event, "id", "name", "started_on", "ended_on", "type", "country"),
)
