"""What the whole database covers, for descriptions of it: its revision, days, countries and conflicts."""

import functools
from typing import Any

from peewee import fn

from api.database.connection import database
from api.database.models import Conflict, Event, Revision
from api.database.snapshot import is_pinned
from api.database.statements import fetch_tuples
from api.history.revisions import key_of_content


def read_facts() -> dict[str, Any]:
    """Return the facts of the open snapshot. They are read once for each state of the database."""
    return _read_facts(database.obj.database, key_of_content(), is_pinned())


@functools.lru_cache(maxsize=64)
def _read_facts(database_name: str, content_key: tuple[int, int], is_past: bool) -> dict[str, Any]:
    revision = content_key[0]
    made_at = fetch_tuples(Revision.select(Revision.made_at).where(Revision.number == revision))
    active = Conflict.status == "active"
    ((first_day, last_day, ongoing),) = fetch_tuples(
        Conflict.select(
            fn.MIN(Conflict.started_on), fn.MAX(Conflict.ended_on), fn.COUNT(Conflict.id) - fn.COUNT(Conflict.ended_on)
        ).where(active)
    )
    names = fetch_tuples(Conflict.select(Conflict.name).where(active).order_by(Conflict.slug))
    countries = {
        country
        for model in (Conflict, Event)
        for (country,) in fetch_tuples(model.select(model.country).where(model.status == "active").distinct())
    }
    return {
        "revision": revision,
        "modified": made_at[0][0] if made_at else None,
        "first_day": first_day,
        "last_day": None if ongoing else last_day,
        "conflicts": [name for (name,) in names],
        "countries": sorted(filter(None, countries)),
    }
