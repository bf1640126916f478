"""Events, where and when they happened, and the sides in them."""

from __future__ import annotations

from typing import Any

from peewee import JOIN, ModelSelect

from api.models import Conflict, Dataset, Event, EventSide, Side
from api.queries.filters import (
    Group,
    among,
    at_least,
    at_most,
    begun_in,
    brought,
    inside,
    linked,
    on_scale,
    own_id,
    refers,
    text,
)
from api.queries.select import attached, grouped, json_list, listing, named, plain
from schemas.fields import NONE


def sides(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The sides of each event with their role, in the order of its record."""
    return grouped(
        EventSide.select(EventSide.event, Side.slug, Side.name, EventSide.role)
        .join(Side, on=EventSide.side)
        .where(EventSide.event.in_(keys))
        .order_by(EventSide.event, EventSide.position),
        ("id", "name", "role"),
    )


def with_side(slugs: Any) -> ModelSelect[Any]:
    query = EventSide.select(EventSide.event).join(Side, on=EventSide.side)
    return query if slugs is None else query.where(Side.slug.in_(slugs))


def join_sides(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(EventSide, JOIN.LEFT_OUTER, on=(EventSide.event == Event.id))


COLUMNS = {
    "id": plain(Event.slug),
    "name": plain(Event.name),
    "conflict": named(Event.conflict, "conflicts"),
    "type": plain(Event.type),
    "sub_type": plain(Event.sub_type),
    "violence": plain(Event.violence),
    "cause": plain(Event.cause),
    "started_on": plain(Event.started_on),
    "ended_on": plain(Event.ended_on),
    "date_precision": plain(Event.date_precision),
    "place": plain(Event.place),
    "place_aliases": json_list(Event.place_aliases),
    "admin1": plain(Event.admin1),
    "admin2": plain(Event.admin2),
    "country": plain(Event.country),
    "latitude": plain(Event.latitude),
    "longitude": plain(Event.longitude),
    "place_precision": plain(Event.place_precision),
    "place_note": plain(Event.place_note),
    "clarity": plain(Event.clarity),
    "sides": attached(sides),
    "note": plain(Event.note),
    "status": plain(Event.status),
    "status_reason": plain(Event.status_reason),
    "revision": plain(Event.revision),
    "created_at": plain(Event.created_at),
    "updated_at": plain(Event.updated_at),
}

WHERE = {
    "id": own_id(Event),
    "conflict": refers(Event.conflict, Conflict, below="phases")._replace(
        group=Group((Event.conflict,), selected_by="recorded_conflict")
    ),
    "recorded_conflict": refers(Event.conflict, Conflict),
    "side": linked(with_side, Event.id, requires=Side.slug, group=Group((EventSide.side,), join_sides, several=True)),
    "dataset": linked(brought("events"), Event.slug, requires=Dataset.slug),
    "type": among(Event.type),
    "sub_type": among(Event.sub_type),
    "violence": among(Event.violence, empty=NONE),  # a word of this list, not a missing fact
    "cause": among(Event.cause, empty=NONE),
    "country": among(Event.country),
    "admin1": among(Event.admin1, empty="")._replace(requires=Event.admin1),
    "from": at_least(Event.ended_on),
    "to": at_most(Event.started_on),
    "year": begun_in(Event.started_on, 4),
    "month": begun_in(Event.started_on, 7),
    "bbox": inside(Event.latitude, Event.longitude),
    "place_precision": on_scale(Event.place_precision),
    "as_of": at_most(Event.started_on),
    "q": text(Event),
}

LISTING = listing(
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
