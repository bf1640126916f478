"""Counts of records grouped by filter fields. Each row has the address of exactly the records that it counts."""

from typing import Any

from api.http.problems import ApiProblem, make_fault
from api.listings import claims, events, query
from api.listings.query import Listing
from api.statistics import record_counts
from api.statistics.notices import Notice
from api.v1.shared.addresses import request_address, sent_arguments
from api.v1.shared.evidence_filters import resolve_evidence
from api.v1.shared.figure_json import ALL_SIDES, write_notice
from api.v1.shared.listing_routes import Query, ReadBlueprint, answer_meta
from api.v1.shared.pinning import PINS
from api.v1.shared.question_filters import NOT_FILTERS
from api.v1.shared.statistic_routes import Compute, StatisticAnswer, serve_statistic
from schemas.fields import NONE, escape_commas
from schemas.responses import list_response
from schemas.statistics.record_counts import ClaimCountOut, ClaimCountQuery, CountMeta, EventCountOut, EventCountQuery

blueprint = ReadBlueprint("statistics", __name__, description="Counts of records. No sums of people.")


def make_counter(record_listing: Listing) -> Compute:
    def count_groups(question: Query, revision: int) -> StatisticAnswer:
        names = question["group_by"]
        filters = {name: value for name, value in resolve_evidence(question).items() if name in record_listing.where}
        bound = query.bind_question(record_listing, filters)
        rows = _write_rows(record_listing, bound, filters, names)
        meta = {
            "total": query.count_matches(record_listing, bound, revision),
            "group_by": names,
            "warnings": _list_warnings(record_listing, names),
        }
        return StatisticAnswer(rows, [*names, record_listing.name, "url"], {**meta, **answer_meta(question, revision)})

    return count_groups


serve_statistic(
    blueprint,
    "claims-count",
    "/statistics/claims",
    ClaimCountQuery,
    list_response(ClaimCountOut, CountMeta),
    ClaimCountOut,
    "Count of claims grouped by any filter field.",
    make_counter(claims.LISTING),
)
serve_statistic(
    blueprint,
    "events-count",
    "/statistics/events",
    EventCountQuery,
    list_response(EventCountOut, CountMeta),
    EventCountOut,
    "Count of events grouped by any filter field.",
    make_counter(events.LISTING),
)


def _write_rows(
    record_listing: Listing, bound: query.Bound, filters: dict[str, Any], names: tuple[str, ...]
) -> list[dict[str, Any]]:
    try:
        if record_listing is claims.LISTING and record_counts.can_count_in_frame(filters, names):
            counts = record_counts.count_claims(filters, names)
        else:
            counts = record_counts.count_records(record_listing, bound, names)
    except record_counts.TooManyGroupsError:
        message = f"The answer has more than {record_counts.MOST_ROWS:,} rows. Group by fewer fields, or add a filter."
        raise ApiProblem("too-broad", message, [make_fault("query", "group_by", message)]) from None
    return [
        {
            **{name: _write_value(name, key) for name, key in zip(names, row.keys, strict=True)},
            record_listing.name: row.number,
            "url": _records_address(record_listing, names, row.keys),
        }
        for row in counts
    ]


def _records_address(record_listing: Listing, names: tuple[str, ...], keys: tuple[Any, ...]) -> str:
    """Return the address of exactly the records of a row: the filters of the question, with the values of the row."""
    groups = record_counts.find_groups(record_listing)
    args = sent_arguments(NOT_FILTERS.difference(PINS))
    for name, key in zip(names, keys, strict=True):
        args[groups[name].selected_by or name] = _write_key(_write_value(name, key))
    if "subject_side" in names:
        args.pop("members", None)  # a row is about one side without its members
    return request_address(args, f"/v1/{record_listing.name}")


def _write_value(name: str, key: Any) -> Any:
    return ALL_SIDES if name == "subject_side" and key is None else key


def _write_key(key: Any) -> str:
    if key is None:
        return NONE
    return str(key["id"]) if isinstance(key, dict) else escape_commas(str(key))


def _list_warnings(record_listing: Listing, names: tuple[str, ...]) -> list[dict[str, str]]:
    groups = record_counts.find_groups(record_listing)
    notices = (
        Notice("records_repeated", f"A record may be in several rows of {name}. Do not add the rows.")
        for name in names
        if groups[name].several
    )
    return list(map(write_notice, notices))
