"""The columns of the claims frame, and how each is read from the tables. All other modules follow this list."""

from __future__ import annotations

import functools
import hashlib
import pathlib
from typing import NamedTuple

FOLDER = pathlib.Path(__file__).parent
MIGRATIONS = FOLDER.parent / "database" / "migrations"


class Column(NamedTuple):
    name: str
    type: str  # of DuckDB
    expression: str = ""  # over the tables that `reading` joins; empty: computed there


GONE = "claim.status IN ('retracted', 'withdrawn')"

# Days are ISO text, as in the tables and in `api.reconciling.record`: the rules and the answers need text. Comparing
# 1,000,000 texts costs 5 ms more than DATE. Integer keys group four times as fast as slugs.
OF_CLAIMS = (
    Column("key", "INTEGER", "claim.id"),
    Column("slug", "VARCHAR", "claim.slug"),
    Column("conflict_key", "INTEGER", "claim.conflict_id"),
    Column("event_key", "INTEGER", "claim.event_id"),
    Column("kind", "VARCHAR", "claim.kind"),
    Column("claimant_key", "INTEGER", "claim.claimant_id"),
    Column("subject_key", "INTEGER", "claim.subject_side_id"),
    Column("harm", "VARCHAR", "claim.harm"),
    Column("measure", "VARCHAR", "claim.measure"),
    Column("stated_on", "VARCHAR", "claim.stated_on"),
    Column("stated_last", "VARCHAR", "claim.stated_until"),
    Column("stated_time", "VARCHAR", "claim.stated_at"),
    Column("responsible_side", "VARCHAR", "responsible.slug"),
    Column("victim_status", "VARCHAR", "claim.victim_status"),
    Column("victim_sex", "VARCHAR", "claim.victim_sex"),
    Column("victim_age", "VARCHAR", "claim.victim_age"),
    Column("covers_from", "VARCHAR", "claim.covers_from"),
    Column("covers_to", "VARCHAR", "claim.covers_to"),
    Column("low", "BIGINT", "claim.low"),
    Column("best", "BIGINT", "claim.best"),
    Column("high", "BIGINT", "claim.high"),
    Column("qualifier", "VARCHAR", "claim.qualifier"),
    Column("part", "VARCHAR", "NULLIF(claim.part, '')"),
    Column("statement", "VARCHAR", "claim.statement"),
    Column(
        "retracted_by",
        "VARCHAR",
        f"CASE WHEN {GONE} THEN CASE WHEN claim.status_by = 'claimant' THEN 'claimant' ELSE 'editor' END END",
    ),
    Column("retracted_on", "VARCHAR", f"CASE WHEN {GONE} THEN claim.status_on END"),
    Column("credibility", "TINYINT", "claim.credibility"),
    Column("dataset", "VARCHAR", "brought.dataset_id"),
)
OF_EVENTS = (
    Column("event", "VARCHAR", "event.slug"),
    Column("event_first", "VARCHAR", "event.started_on"),
    Column("event_last", "VARCHAR", "event.ended_on"),
    Column("event_type", "VARCHAR", "event.type"),
    Column("sub_type", "VARCHAR", "event.sub_type"),
    Column("country", "VARCHAR", "event.country"),
    Column("admin1", "VARCHAR", "NULLIF(event.admin1, '')"),
    Column("place", "VARCHAR", "NULLIF(event.place, '')"),
    Column("date_precision", "TINYINT", "event.date_precision"),
    Column("place_precision", "TINYINT", "event.place_precision"),
    Column("latitude", "DOUBLE", "event.latitude"),
    Column("longitude", "DOUBLE", "event.longitude"),
    Column("event_dataset", "VARCHAR", "brought.dataset_id"),
)
#: Of the conflict, the claimant and the sides of a claim.
OF_PARTIES = (
    Column("conflict", "VARCHAR"),
    Column("root", "VARCHAR"),  # the top conflict above it
    Column("claimant", "VARCHAR"),
    Column("claimant_side", "VARCHAR"),
    Column("affiliation", "VARCHAR"),
    Column("subject_side", "VARCHAR"),
    # From `derived`, by the rules; null for claims about no event.
    Column("subject_camp", "VARCHAR"),
    Column("voice", "VARCHAR"),
    Column("stance", "VARCHAR"),
    Column("camps", "VARCHAR"),  # of the event's sides, joined by semicolons
)
OF_REPORTS = (
    Column("is_related", "BOOLEAN"),  # an active relation of ACTING_KINDS touches the claim
    Column("reliability", "VARCHAR"),  # the best grade of the sources of its active reports
    Column("sources", "VARCHAR[]"),  # of its active reports, each once, sorted; null: none
    Column("source_keys", "INTEGER[]"),  # of the same sources
)
#: From `derived`, by the rules; null for claims without a figure.
OF_FIGURES = (
    Column("filled_low", "BIGINT"),
    Column("filled_best", "BIGINT"),
    Column("filled_high", "BIGINT"),
    Column("has_best", "BOOLEAN"),
    Column("is_open_ended", "BOOLEAN"),
    Column("is_imputed", "BOOLEAN"),
    Column("floor", "BIGINT"),  # of the range of the claim, in tenths of a person
    Column("ceiling", "BIGINT"),  # null: open-ended
)
OF_GRADES = (Column("grade", "TINYINT"),)  # of `derived`; lower is better
#: Marks that depend on all claims of the image; null in overlays (`plainness`).
OF_IMAGE = (
    Column("is_quiet", "BOOLEAN"),  # no relation, part, running toll or period touches its event
    Column("is_distinct", "BOOLEAN"),  # its claimant and its voice have no other claim of the scope
)
COLUMNS = OF_CLAIMS + OF_EVENTS + OF_PARTIES + OF_REPORTS + OF_FIGURES + OF_GRADES + OF_IMAGE
NAMES = tuple(column.name for column in COLUMNS)
NAME_LIST = ", ".join(NAMES)
TABLE_COLUMNS = ", ".join(f"{column.name} {column.type}" for column in COLUMNS)

#: The order of the image: the claims of a unit are together, and no unit crosses root conflicts.
IMAGE_ORDER = "root, event_first NULLS FIRST, event_key NULLS FIRST, conflict, measure, covers_from, covers_to, key"


#: Modules of this package that decide the content of a row of the image.
DECIDING_MODULES = ("columns.py", "derived.py", "plainness.py", "reading.py", "row_pieces.py", "tables.py", "world.py")


@functools.cache
def code_digest() -> str:
    """Return a digest of the code that decides the content of an image: columns, modules, rules and migrations."""
    content = hashlib.sha256(repr(COLUMNS).encode())
    rules = sorted((FOLDER.parent / "reconciling").glob("*.py"))
    for path in (*(FOLDER / name for name in DECIDING_MODULES), *rules):
        content.update(path.read_bytes())
    content.update(" ".join(sorted(path.name for path in MIGRATIONS.glob("0*.py"))).encode())
    return content.hexdigest()[:12]
