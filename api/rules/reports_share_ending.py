"""A claim that no longer counts takes its reports along: they share its status and reason, and come back with it.

A claim that was superseded, or taken back by its claimant on a known day, still counts as of earlier days. Its reports
stay active.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.database.connection import fetch_tuples
from api.database.key_sets import split_batches
from api.database.models import Claim, Report
from api.records.documents import load_documents
from api.records.faults import Fault, RefusedError
from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import ACTIVE
from api.rules.dependencies import needs_footing

Document = dict[str, Any]
Change = tuple[Document, Document]  # before, after
Ending = tuple[str, str]  # status, and the reason for it


def ending_of(claim: Mapping[str, Any]) -> Ending:
    """Return the status and reason that a claim gives to its reports. A claim that counts gives `active`."""
    if needs_footing(RECORD_TYPES["claims"], claim):
        return ACTIVE, ""
    return claim["status"], claim["status_reason"]


def follow_claims(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the changes of reports that follow from changed claims.

    A report follows if it has the ending of its claim. A report that was retracted alone, for another reason, stays.
    """
    changed = {old["id"]: (ending_of(old), ending_of(new)) for old, new in changes if ending_of(old) != ending_of(new)}
    for batch in split_batches(sorted(changed)):
        reports = Report.select(Report.slug).join(Claim, on=Report.claim).where(Claim.slug.in_(batch))
        slugs = [slug for (slug,) in fetch_tuples(reports.order_by(Report.id))]
        for report in load_documents("reports", slugs).values():
            before, after = changed[report["claim"]]
            if _shares_ending(report, before):
                yield report, report | {"status": after[0], "status_reason": after[1]}


def _shares_ending(report: Document, ending: Ending) -> bool:
    status, reason = ending
    return bool(report["status"] == status and (status == ACTIVE or report["status_reason"] == reason))


def refuse_unreported(claim: Document) -> None:
    """Raise `RefusedError` for a claim that counts again, if no report is active and none comes back with it."""
    status, reason = ending_of(claim)
    returns = (Report.status == ACTIVE) | ((Report.status == status) & (Report.status_reason == reason))
    reports = Report.select(Report.id).join(Claim, on=Report.claim)
    if not fetch_tuples(reports.where((Claim.slug == claim["id"]) & returns).limit(1)):
        raise RefusedError([Fault("claims", 0, "status", UNREPORTED.format(claim["id"]))])


UNREPORTED = (
    "{0} has no active report, and none that ended with it for the same reason. Make one of its reports active first, "
    "or add one."
)


def name_report(report: Document, fault: Fault) -> Fault:
    """Return the fault of a report that cannot come back, as a fault of its claim."""
    message = f"Its report {report['id']} cannot be active again: {fault.field}: {fault.message}"
    return Fault("claims", 0, "status", message)
