"""Indexes with which a page of a large table is found by a filter or a sort, without reading or sorting all records."""

from typing import Any

import peewee

INDEXED = {
    "claim": ("claimant_id, slug", "conflict_id, slug", "subject_side_id, slug", "responsible_side_id, slug"),
    "change": ("noun, seq",),
    "event": ("country", "type", "place_precision", "latitude, longitude", "name", "ended_on"),
    "source": ("title",),
}
#: Columns with nulls that records are sorted by: the greatest or newest first, and none last.
SORTED_BY = {
    "claim": ("best", "low", "high", "stated_on"),
    "report": ("best",),
    "relation": ("stated_on",),
    "source": ("published_on",),
}
SORTED_UP_BEFORE = (("claim", "event_date"), ("event", "country"))  # an index has the other order already


def up(migrator: Any, db: peewee.Database) -> None:
    for table, indexes in INDEXED.items():
        for names in indexes:
            db.execute_sql(f"CREATE INDEX {table}_{names.replace(', ', '_')} ON {table} ({names})")
    db.execute_sql("DROP INDEX claim_responsible_side_id")
    db.execute_sql("CREATE INDEX relation_distinct ON relation (claim_id) WHERE kind = 'distinct_from'")
    sorted_by = [(table, column) for table, columns in SORTED_BY.items() for column in columns]
    if isinstance(db, peewee.PostgresqlDatabase):
        # It does not read an index backwards where nulls are last in both orders.
        for table, column in sorted_by:
            db.execute_sql(f"CREATE INDEX {table}_sorted_by_{column}_up ON {table} ({column}, slug)")
        for table, column in (*sorted_by, *SORTED_UP_BEFORE):
            db.execute_sql(f"CREATE INDEX {table}_sorted_by_{column} ON {table} ({column} DESC NULLS LAST, slug)")
    else:
        for table, column in sorted_by:
            db.execute_sql(f"CREATE INDEX {table}_sorted_by_{column} ON {table} ({column} DESC, slug)")
