"""Filters of the change log by what a record is about: its conflict, event, claimant, side, harm or dataset.

A record is about what it says in the open snapshot, not about what it said before the change.
"""

from __future__ import annotations

from typing import Any

from peewee import fn

from api.database.models import (
    Change,
    Claim,
    Claimant,
    Conflict,
    Dataset,
    Event,
    External,
    Record,
    Relation,
    Report,
    Side,
)
from api.listings import claims, events
from api.listings.filters import Filter, any_of, id_filter, link_filter, subject_side_filter


def _is_among(record_type: str, slugs: Any) -> Any:
    return (Change.record_type == record_type) & Change.record.in_(slugs)


def claims_filter(base: Filter, **own: tuple[type[Record], Filter]) -> Filter:
    """Return the filter for entries of the claims that `base` selects, and of their reports and relations.

    `own`: by record type the filter for further entries, for example of the events in a conflict.
    """

    def make_condition(*values: Any) -> Any:
        keys = Claim.select(Claim.id).where(base.condition(*values))
        slugs = Claim.select(Claim.slug).where(base.condition(*values))
        return any_of(
            _is_among("claims", slugs),
            _is_among("reports", Report.select(Report.slug).where(Report.claim.in_(keys))),
            _is_among("relations", Relation.select(Relation.slug).where(Relation.claim.in_(keys))),
            _is_among("relations", Relation.select(Relation.slug).where(Relation.target.in_(keys))),
            *(
                _is_among(record_type, model.select(model.slug).where(filter_.condition(*values)))
                for record_type, (model, filter_) in own.items()
            ),
        )

    return base._replace(condition=make_condition, group=None)


def _imported_filter() -> Filter:
    """Return the filter for entries of records that were imported from some datasets."""
    mine = (External.record_type == Change.record_type) & (External.slug == Change.record)
    imported = External.select(External.slug).where(mine)

    def make_condition(*values: Any) -> Any:
        stated = [value for value in values if value is not None]
        return any_of(
            fn.EXISTS(imported.where(External.dataset.in_(stated))) if stated else None,
            ~fn.EXISTS(imported) if len(stated) < len(values) else None,
        )

    return link_filter(lambda _: imported, Change.record, requires=Dataset.slug)._replace(condition=make_condition)


WHERE = {
    "conflict": claims_filter(
        claims.WHERE["conflict"], events=(Event, events.WHERE["conflict"]), conflicts=(Conflict, id_filter(Conflict))
    ),
    "event": claims_filter(claims.WHERE["event"], events=(Event, id_filter(Event))),
    "claimant": claims_filter(claims.WHERE["claimant"], claimants=(Claimant, id_filter(Claimant))),
    "subject_side": claims_filter(subject_side_filter(), sides=(Side, id_filter(Side))),
    "harm": claims_filter(claims.WHERE["harm"]),
    "dataset": _imported_filter(),
}
