"""The listing of events, with their sides."""

from __future__ import annotations

from typing import Any

from peewee import JOIN, ModelSelect

from api.database.models import Conflict, Event, EventSide, Side
from api.listings.filters import (
    Group,
    at_least,
    at_most,
    bbox_filter,
    begun_in,
    dataset_filter,
    dataset_of,
    id_filter,
    link_filter,
    on_scale,
    reference_filter,
    text_filter,
    value_filter,
)
from api.listings.query import (
    Among,
    attached_column,
    group_rows,
    json_list_column,
    named_column,
    plain_column,
    register_listing,
)
from schemas.fields import NONE


def read_sides(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the sides of each event with their roles, in the order of its record."""
    return group_rows(_select_sides, keys, ("id", "name", "role"))


def _select_sides(among: Among) -> ModelSelect[Any]:
    return (
        EventSide.select(EventSide.event, Side.slug, Side.name, EventSide.role)
        .join(Side, on=EventSide.side)
        .where(among(EventSide.event))
        .order_by(EventSide.event, EventSide.position)
    )


def with_side(slugs: Any) -> ModelSelect[Any]:
    query = EventSide.select(EventSide.event).join(Side, on=EventSide.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


def join_sides(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(EventSide, JOIN.LEFT_OUTER, on=(EventSide.event == Event.id))


COLUMNS = {
    "id": plain_column(Event.slug),
    "name": plain_column(Event.name),
    "conflict": named_column(Event.conflict, "conflicts"),
    "type": plain_column(Event.type),
    "sub_type": plain_column(Event.sub_type),
    "violence": plain_column(Event.violence),
    "cause": plain_column(Event.cause),
    "started_on": plain_column(Event.started_on),
    "ended_on": plain_column(Event.ended_on),
    "date_precision": plain_column(Event.date_precision),
    "place": plain_column(Event.place),
    "place_aliases": json_list_column(Event.place_aliases),
    "admin1": plain_column(Event.admin1),
    "admin2": plain_column(Event.admin2),
    "country": plain_column(Event.country),
    "latitude": plain_column(Event.latitude),
    "longitude": plain_column(Event.longitude),
    "place_precision": plain_column(Event.place_precision),
    "place_note": plain_column(Event.place_note),
    "clarity": plain_column(Event.clarity),
    "sides": attached_column(read_sides),
    "note": plain_column(Event.note),
    "status": plain_column(Event.status),
    "status_reason": plain_column(Event.status_reason),
    "dataset": plain_column(dataset_of("events", Event)),
    "revision": plain_column(Event.revision),
    "created_at": plain_column(Event.created_at),
    "updated_at": plain_column(Event.updated_at),
}

WHERE = {
    "id": id_filter(Event),
    "conflict": reference_filter(Event.conflict, Conflict, below="phases")._replace(
        group=Group((Event.conflict,), selected_by="recorded_conflict")
    ),
    "recorded_conflict": reference_filter(Event.conflict, Conflict),
    "side": link_filter(
        with_side, Event.id, requires=Side.slug, group=Group((EventSide.side,), join_sides, several=True)
    ),
    "dataset": dataset_filter("events", Event),
    "type": value_filter(Event.type),
    "sub_type": value_filter(Event.sub_type),
    "violence": value_filter(Event.violence, empty=NONE),  # `none` is a word of this list, not a missing value
    "cause": value_filter(Event.cause, empty=NONE),
    "country": value_filter(Event.country),
    "admin1": value_filter(Event.admin1, empty="")._replace(requires=Event.admin1),
    "from": at_least(Event.ended_on),
    "to": at_most(Event.started_on),
    "year": begun_in(Event.started_on, 4),
    "month": begun_in(Event.started_on, 7),
    "bbox": bbox_filter(Event.latitude, Event.longitude),
    "place_precision": on_scale(Event.place_precision),
    "as_of": at_most(Event.started_on),
    "q": text_filter(Event),
}

LISTING = register_listing(
    "events",
    Event,
    columns=COLUMNS,
    where=WHERE,
    sort={
        "id": Event.slug,
        "name": Event.name,
        "started_on": Event.started_on,
        "ended_on": Event.ended_on,
        "type": Event.type,
        "country": Event.country,
    },
)
