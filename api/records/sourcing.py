"""A claim without a report does not exist: every number has a source."""

from api.db import tuples
from api.models import Claim, Report
from api.queries.record import having
from api.records.faults import Fault, Refused
from api.records.keyset import KeySet
from api.records.needs import COUNTED

UNREPORTED = "{} has no report: every claim needs a source."


def refuse_unsourced(unsourced: KeySet, claims: KeySet) -> None:
    """Raise `Refused` for each of the `unsourced` that has no report; its position is that among the new `claims`.

    A claim that stands needs a report that stands. So does one that stood on a day, unless it is new: packages come
    back as they were.
    """
    missing = {key: slug for batch in unsourced.batches() for key, slug in _without_report(batch, claims)}
    if missing:
        places = {key: position for position, key in enumerate(claims) if key in missing}
        raise Refused(
            [
                Fault("claims", places.get(key, 0), "reports", UNREPORTED.format(slug))
                for key, slug in sorted(missing.items())
            ]
        )


def refuse_unreported(slug: str) -> None:
    """Raise `Refused` for a claim that is to stand anew without a report that does."""
    reports = Report.select(Report.id).join(Claim, on=Report.claim)
    if not tuples(reports.where((Claim.slug == slug) & (Report.status == "active")).limit(1)):
        raise Refused([Fault("claims", 0, "status", "has no report that stands: every claim needs a source.")])


def _without_report(keys: list[int], claims: KeySet) -> list[tuple[int, str]]:
    new = having(Claim.id, [key for key in keys if key in claims])
    needless = (Claim.status != "active") & (new | ~COUNTED)
    stands = (Report.status == "active") | needless
    reported = Report.select(Report.claim).join(Claim, on=Report.claim).where(having(Report.claim, keys) & stands)
    return tuples(Claim.select(Claim.id, Claim.slug).where(having(Claim.id, keys), Claim.id.not_in(reported)))
