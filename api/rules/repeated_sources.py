"""A claim has at most one active report of a source."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.database.key_sets import split_batches
from api.database.models import Claim, Report, Source
from api.database.statements import fetch_tuples
from api.records.faults import Fault
from api.records.reference_cache import ACTIVE

Document = Mapping[str, Any]


def find_repeated_sources(
    reports: Sequence[Document], new_claims: Iterable[str] = (), positions: Sequence[int] = ()
) -> Iterator[Fault]:
    """Yield a fault for each active report whose claim has an active report of the same source.

    `new_claims` are those that have no reports in the database. `positions` are those of the reports (default: in
    their order).
    """
    sound = [
        (place, report)
        for place, report in zip(positions or range(len(reports)), reports, strict=True)
        if report.get("status") == ACTIVE and report.keys() >= {"claim", "source"}
    ]
    first = _load_carried({report["claim"] for _, report in sound}.difference(new_claims))
    ids = {report.get("id") for _, report in sound}
    first = {pair: slug for pair, slug in first.items() if slug not in ids}
    for place, report in sound:
        pair = report["claim"], report["source"]
        name = report.get("id", f"record {place + 1}")
        if pair in first:
            yield Fault("reports", place, "source", REPEATED.format(*pair, first[pair]))
        first.setdefault(pair, name)


REPEATED = "{0} has a report of the source {1} already: {2}. Correct that report, or send another source."


def _load_carried(claims: set[str]) -> dict[tuple[str, str], str]:
    """Return the active reports of claims, by claim and source."""
    carried: dict[tuple[str, str], str] = {}
    for batch in split_batches(sorted(claims)):
        query = Report.select(Claim.slug, Source.slug, Report.slug).join(Claim).switch(Report).join(Source)
        active = query.where(Claim.slug.in_(batch), Report.status == ACTIVE)
        carried |= {(claim, source): report for claim, source, report in fetch_tuples(active)}
    return carried


def find_moved_repeats(changes: Sequence[tuple[Document, Document]]) -> Iterator[Fault]:
    """Yield a fault for each corrected report that repeats a source of its claim."""
    fields = ("claim", "source", "status")
    moved = [n for n, (old, new) in enumerate(changes) if any(old[name] != new.get(name) for name in fields)]
    yield from find_repeated_sources([changes[n][1] for n in moved], (), moved)
