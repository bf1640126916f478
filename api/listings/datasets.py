"""The listing of imported datasets: what each covers and counts, its releases, and what it must not be added to.

Each coverage is read from the dataset's active records, once for each state of the database.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from peewee import JOIN, ModelSelect, fn

from api.database.connection import database, is_postgres
from api.database.models import Claim, Conflict, Dataset, Event, External, Record, Report
from api.database.snapshot import is_pinned
from api.database.statements import fetch_tuples, select_rows
from api.history.pinned_snapshot import current_tables, newest_unpinned, pin_newest
from api.history.revisions import current_revision, key_of_content
from api.listings import query
from api.listings.columns import attached_column, plain_column
from api.listings.filters import Filter, bind_scalar, link_filter, value_filter
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from api.listings.query import register_listing
from api.listings.references import cached_references

COUNTED: dict[str, type[Record]] = {"claims": Claim, "reports": Report, "events": Event}
#: The days of a claim: those that it is about, else those on which it was stated.
FIRST_DAY = fn.COALESCE(Claim.event_date, Claim.event_until, Claim.stated_on)
LAST_DAY = fn.COALESCE(Claim.event_until, Claim.stated_until, Claim.event_date)


CLAIM_GROUP = (Claim.conflict, Event.country, Claim.harm, Claim.measure)


class Coverage(NamedTuple):
    """What the active records of a dataset cover."""

    first_day: str | None
    last_day: str | None
    countries: list[str]
    conflicts: list[dict[str, str]]
    harms: list[str]
    measures: list[str]
    numbers: dict[str, int]  # by record type


def read_coverage(slug: str) -> Coverage:
    with newest_unpinned():
        return _read_coverage(database.obj.database, key_of_content(), slug)


@functools.lru_cache(maxsize=256)
def _read_coverage(database_name: str, content_key: tuple[int, int], slug: str) -> Coverage:
    claim_groups = _group_active("claims", slug, CLAIM_GROUP)
    event_groups = _group_active("events", slug, (Event.conflict, Event.country))
    groups = [*(group[:2] for group in claim_groups), *(group[:2] for group in event_groups)]
    named = cached_references(current_revision()).conflicts
    keys = {key for key, _ in groups}
    of_conflicts = Conflict.select(Conflict.id, Conflict.country).where(Conflict.country.is_null(False))
    countries = [country for key, country in fetch_tuples(of_conflicts) if key in keys]
    return Coverage(
        min((first for *_, first, _, _ in claim_groups if first), default=None),
        max((last for *_, last, _ in claim_groups if last), default=None),
        _sort_distinct([*countries, *(country for _, country in groups)]),
        sorted((ref for key in keys if (ref := named[key])), key=lambda ref: ref["id"]),
        _sort_distinct(group[2] for group in claim_groups),
        _sort_distinct(group[3] for group in claim_groups),
        {
            "claims": sum(group[-1] for group in claim_groups),
            "reports": _count_active("reports", slug),
            "events": sum(group[-1] for group in event_groups),
        },
    )


def _group_active(record_type: str, slug: str, columns: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the groups of the dataset's active records by `columns`: one walk, whatever is read from them.

    A group of claims also has its first and last day; the last value is the number of records.
    """
    days = (fn.MIN(FIRST_DAY), fn.MAX(LAST_DAY)) if record_type == "claims" else ()
    active = _select_active(record_type, slug)
    if record_type == "claims":
        active = active.join_from(Claim, Event, JOIN.LEFT_OUTER, on=Claim.event)
    return fetch_tuples(active.select(*columns, *days, fn.COUNT(COUNTED[record_type].id)).group_by(*columns))


def _select_active(record_type: str, slug: str) -> ModelSelect[Any]:
    """Return the query of the active records of one type that were imported from the dataset."""
    model, mine = COUNTED[record_type], (External.record_type == record_type) & (External.dataset == slug)
    joined = model.select(fn.COUNT(model.id)).join(External, on=(External.slug == model.slug))
    return joined.where(mine & (model.status == "active"))


def _count_active(record_type: str, slug: str) -> int:
    """Return the number of active records: unpinned, of all that were imported less the few that are not active.

    Entries of an index are counted faster than they are joined. A past revision lacks some of them.
    """
    if is_pinned():
        return int(fetch_tuples(_select_active(record_type, slug))[0][0])
    table, mark = COUNTED[record_type]._meta.table_name, "%s" if is_postgres() else "?"
    mine = f"e.noun = '{record_type}' AND e.dataset_id = {mark}"
    ((imported, inactive),) = select_rows(
        f"SELECT (SELECT COUNT(*) FROM external e WHERE {mine}), (SELECT COUNT(*) FROM {table} r CROSS JOIN external e "
        f"WHERE r.status <> 'active' AND e.slug = r.slug AND {mine})",
        (slug, slug),
    )
    return int(imported) - int(inactive)


def _sort_distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value is not None})


def list_claim_datasets() -> list[str]:
    """Return the ids of the datasets from which claims were imported."""
    query = External.select(External.dataset).where(External.record_type == "claims").distinct()
    return sorted(slug for (slug,) in fetch_tuples(query))


# Releases --------------------------------------------------------------------------------------------------------

ReleaseRow = tuple[str, str, int]  # name, imported at, first revision


def read_release_rows(slug: str) -> list[ReleaseRow]:
    """Return the releases of the dataset up to the current revision, each once, oldest first."""
    newest, mark = current_revision(), "%s" if is_postgres() else "?"
    columns = "release, imported_at, held_from"
    rows = select_rows(
        f"SELECT {columns} FROM dataset WHERE slug = {mark} AND held_from <= {newest} UNION "
        f"SELECT {columns} FROM dataset_version WHERE slug = {mark} AND held_from <= {newest} ORDER BY 3",
        (slug, slug),
    )
    first_rows: dict[str, ReleaseRow] = {}
    for name, imported_at, revision in rows:
        first_rows.setdefault(name, (name, imported_at, revision))
    return list(first_rows.values())


def name_imported(revision: int) -> str:
    """Return the dataset and the release that were imported at a revision: `UCDP GED 25.1`; nothing if none was."""
    rows = select_rows(
        f"SELECT title, release FROM dataset WHERE held_from = {int(revision)} UNION "
        f"SELECT title, release FROM dataset_version WHERE held_from = {int(revision)} ORDER BY 1, 2"
    )
    return " and ".join(f"{title} {release}" for title, release in rows)


def _with_last_revisions(rows: list[ReleaseRow]) -> Iterator[tuple[ReleaseRow, int]]:
    ends = [revision - 1 for _, _, revision in rows[1:]]
    yield from zip(rows, [*ends, current_revision()], strict=True) if rows else ()


def read_releases(slug: str) -> list[dict[str, Any]]:
    return _read_releases(database.obj.database, key_of_content(), slug)


@functools.lru_cache(maxsize=256)
def _read_releases(database_name: str, content_key: tuple[int, int], slug: str) -> list[dict[str, Any]]:
    releases = []
    for (name, imported_at, revision), last in _with_last_revisions(read_release_rows(slug)):
        numbers = {record_type: _count_active_at(record_type, slug, last) for record_type in COUNTED}
        releases.append({"name": name, "imported_at": imported_at, "revision": revision, **numbers})
    return releases


def _count_active_at(record_type: str, slug: str, revision: int) -> int:
    """Return the number of active records at a revision: of now, less those that changed since, with what they were.

    Only changed rows are joined, because a release changes few of them.
    """
    table, mark = COUNTED[record_type]._meta.table_name, "%s" if is_postgres() else "?"
    mine = f"e.noun = '{record_type}' AND e.slug = r.slug AND e.dataset_id = {mark} AND r.status = 'active'"
    with current_tables():
        numbers = read_coverage(slug).numbers
        ((newer,),) = select_rows(
            f"SELECT COUNT(*) FROM {table} r CROSS JOIN external e WHERE r.held_from > {revision} AND {mine}", (slug,)
        )
        ((former,),) = select_rows(
            f"SELECT COUNT(*) FROM {table}_version r CROSS JOIN external e "
            f"WHERE r.held_from <= {revision} AND r.held_until > {revision} AND {mine}",
            (slug,),
        )
    return numbers[record_type] - int(newer) + int(former)


# What it must not be added to ------------------------------------------------------------------------------------


def read_apart(slug: str) -> list[dict[str, Any]]:
    """Return the datasets that count some of the same people, whichever of the two mappings names the other."""
    rows = fetch_tuples(
        Dataset.select(Dataset.slug, Dataset.title, Dataset.overlaps, Dataset.never_beside).order_by(Dataset.slug)
    )
    titles = {row_slug: title for row_slug, title, _, _ in rows}
    reasons: dict[str, tuple[str, str]] = {}
    for importing, column in (("warned", 2), ("refused", 3)):  # a refusal replaces a warning
        for row in sorted(rows, key=lambda row: row[0] == slug):  # the dataset's own reason replaces another's
            for other, reason in json.loads(row[column]).items():
                if slug in (row[0], other):
                    reasons[other if row[0] == slug else row[0]] = reason, importing
    return [
        {"id": other, "title": titles.get(other), "reason": reason, "importing": importing}
        for other, (reason, importing) in sorted(reasons.items())
    ]


# The listing -----------------------------------------------------------------------------------------------------


def _attach(read: Callable[[str], Any]) -> Any:
    return attached_column(lambda slugs: {slug: read(slug) for slug in slugs})  # type: ignore[arg-type]


def _claims_in_datasets() -> ModelSelect[Any]:
    joined = External.select(External.dataset).join(Claim, on=(Claim.slug == External.slug))
    return joined.where((External.record_type == "claims") & (Claim.status == "active"))


def with_conflict(slugs: Any) -> ModelSelect[Any]:
    joined = _claims_in_datasets().join_from(Claim, Conflict, on=Claim.conflict)
    return joined if slugs is None else joined.where(Conflict.slug.in_(slugs))


def with_country(countries: Any) -> ModelSelect[Any]:
    joined = _claims_in_datasets().join_from(Claim, Conflict, on=Claim.conflict)
    joined = joined.join_from(Claim, Event, JOIN.LEFT_OUTER, on=Claim.event)
    columns = (Event.country, Conflict.country)
    in_event, in_conflict = (one.is_null(False) if countries is None else one.in_(countries) for one in columns)
    return joined.where(in_event | in_conflict)


def with_harm(words: Any) -> ModelSelect[Any]:
    return _claims_in_datasets() if words is None else _claims_in_datasets().where(Claim.harm.in_(words))


def _with_day(condition: Callable[[Any], Any]) -> Filter:
    return Filter(lambda day: Dataset.slug.in_(_claims_in_datasets().where(condition(day))), bind_scalar)


COLUMNS = {
    **derive_columns(Dataset, "id", "title", "publisher", "url", "licence", "citation", "release", "counts"),
    "first_day": _attach(lambda slug: read_coverage(slug).first_day),
    "last_day": _attach(lambda slug: read_coverage(slug).last_day),
    "countries": _attach(lambda slug: read_coverage(slug).countries),
    "conflicts": _attach(lambda slug: read_coverage(slug).conflicts),
    "harms": _attach(lambda slug: read_coverage(slug).harms),
    "measures": _attach(lambda slug: read_coverage(slug).measures),
    "claims": _attach(lambda slug: read_coverage(slug).numbers["claims"]),
    "reports": _attach(lambda slug: read_coverage(slug).numbers["reports"]),
    "events": _attach(lambda slug: read_coverage(slug).numbers["events"]),
    "releases": _attach(read_releases),
    "not_added_to": _attach(read_apart),
    "revision": plain_column(Dataset.held_from),
}

WHERE = {
    **derive_filters(Dataset, "id"),
    "publisher": value_filter(Dataset.publisher, requires=True)._replace(group=None),
    "conflict": link_filter(with_conflict, Dataset.slug, requires=Conflict.slug)._replace(below="phases"),
    "country": link_filter(with_country, Dataset.slug, requires=None),
    "harm": link_filter(with_harm, Dataset.slug, requires=None),
    "from": _with_day(lambda day: LAST_DAY >= day),
    "to": _with_day(lambda day: FIRST_DAY <= day),
}

LISTING = register_listing(
    "datasets",
    Dataset,
    columns=COLUMNS,
    where=WHERE,
    sort=derive_sorts(Dataset, "id", "title", "publisher"),
)


def show_newest(question: dict[str, Any]) -> dict[str, Any]:
    """Pin the open snapshot to its newest revision, and return the question.

    A dataset release that changes no record is shown from the next revision on, so that answers of this one stay.
    """
    pin_newest()
    return question


def find_dataset(slug: str, as_of: str | None = None) -> dict[str, Any] | None:
    pin_newest()
    return query.read_record(LISTING, slug)
