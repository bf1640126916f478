"""What a report says must fit its claim.

- A report of a denial, a silence or an attribution has no figure, because its claim has none.
- A report of a casualty claim that has words has a figure too. Without one it would have the figure of its claim,
  whatever its words say.
- A report is not of a day before its claim was stated. One day of difference is allowed.

Active reports are compared, also when their claim is corrected.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.database import bulk
from api.database.key_sets import split_batches
from api.database.models import Claim, Report
from api.database.statements import fetch_tuples
from api.records.documents import load_documents
from api.records.faults import Fault, describe_broken
from api.records.reference_cache import ACTIVE
from schemas.fields import next_day
from schemas.figures import OF_REPORT as FIGURE

Document = Mapping[str, Any]
#: The fields of a report and of a claim that must fit.
OF_REPORT = ("claim", "status", "reported_on", "phrase", *FIGURE)
OF_CLAIM = ("kind", "stated_on")
#: A report or claim of which one has a fault is not compared.
OF_SOUND_REPORT = frozenset(OF_REPORT)
OF_SOUND_CLAIM = frozenset({*OF_CLAIM, "phrase", *FIGURE})


class ClaimFacts(NamedTuple):
    kind: str
    stated_on: str | None


def find_unfit_reports(
    reports: Sequence[Document], new_claims: Iterable[Document] = (), positions: Sequence[int] = ()
) -> Iterator[Fault]:
    """Yield a fault for each active report that does not fit its claim.

    `new_claims` are those written with the reports. `positions` are those of the reports (default: in their order).
    Documents in which a field is missing because of a fault are not compared.
    """
    comparable = [
        (place, report)
        for place, report in zip(positions or range(len(reports)), reports, strict=True)
        if report.keys() >= OF_SOUND_REPORT and report["status"] == ACTIVE and _says_something(report)
    ]
    claims = {claim["id"]: claim for claim in new_claims if "id" in claim}
    reported = {report["claim"] for _, report in comparable}
    facts = _load_facts(reported - claims.keys())
    facts |= {
        slug: ClaimFacts(claims[slug]["kind"], claims[slug]["stated_on"])
        for slug in reported & claims.keys()
        if claims[slug].keys() >= OF_SOUND_CLAIM
    }
    for place, report in comparable:
        if report["claim"] in facts:
            for field, message in _find_wrong_fields(report, facts[report["claim"]]):
                yield Fault("reports", place, field, message)


def _says_something(report: Document) -> bool:
    return bool(report["phrase"] or report["reported_on"] or report["qualifier"])


def _load_facts(claims: set[str]) -> dict[str, ClaimFacts]:
    return {slug: ClaimFacts(*facts) for slug, _, *facts in bulk.rows_by_slug(Claim, claims, *OF_CLAIM)}


def _find_wrong_fields(report: Document, claim: ClaimFacts) -> Iterator[tuple[str, str]]:
    if claim.kind != "casualty" and report["qualifier"] is not None:
        yield (
            "qualifier",
            f"Must be null, because {report['claim']} is a {claim.kind}. Send the report without a figure.",
        )
    if claim.kind == "casualty" and report["phrase"] and report["qualifier"] is None:
        yield "qualifier", "Required with a phrase. Send the qualifier and value that the phrase says, or no phrase."
    day, stated = report["reported_on"], claim.stated_on
    if day and stated and next_day(day) < stated:
        yield (
            "reported_on",
            f"Must not be before {stated}, when {report['claim']} was stated at the earliest. Correct one of the days.",
        )


# Corrections ---------------------------------------------------------------------------------------------------------


def find_moved_reports(changes: Sequence[tuple[Document, Document]]) -> Iterator[Fault]:
    """Yield a fault for each corrected report that no longer fits its claim. Positions are those of the changes."""
    moved = [n for n, (old, new) in enumerate(changes) if any(old[name] != new.get(name) for name in OF_REPORT)]
    yield from find_unfit_reports([changes[n][1] for n in moved], (), moved)


#: The field of a claim that was corrected wrongly, by the field of its report that is wrong then.
WRONG_FIELDS = {"qualifier": "kind", "reported_on": "stated_on"}


def find_moved_claims(changes: Sequence[tuple[Document, Document]]) -> Iterator[Fault]:
    """Yield a fault for each corrected claim whose reports it makes wrong."""
    moved = {
        new["id"]: (position, new)
        for position, (old, new) in enumerate(changes)
        if "id" in new and any(old[name] != new.get(name) for name in OF_CLAIM)
    }
    for batch in split_batches(sorted(moved)):
        query = Report.select(Report.slug).join(Claim).where(Claim.slug.in_(batch), Report.status == ACTIVE)
        reports = list(load_documents("reports", [slug for (slug,) in fetch_tuples(query)]).values())
        for fault in find_unfit_reports(reports, [new for _, new in moved.values()]):
            report = reports[fault.position]
            message = describe_broken(f"the report {report['id']}", f"{fault.field}: {fault.message}")
            yield Fault("claims", moved[report["claim"]][0], WRONG_FIELDS[fault.field], message)
