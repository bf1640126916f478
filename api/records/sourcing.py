"""A claim without a report does not exist: every number has a source."""

from api.db import tuples
from api.models import Claim, Report
from api.records.faults import Fault, Refused
from api.records.keyset import KeySet


def refuse_unsourced(unsourced: KeySet, claims: KeySet) -> None:
    """Raise `Refused` for each of the `unsourced` that has no report; its position is that among `claims`."""
    missing = {key: slug for batch in unsourced.batches() for key, slug in _without_report(batch)}
    if missing:
        raise Refused(
            [
                Fault("claims", position, "id", f"{missing[key]} has no report: every claim needs a source.")
                for position, key in enumerate(claims)
                if key in missing
            ]
        )


def _without_report(keys: list[int]) -> list[tuple[int, str]]:
    reported = Report.select(Report.claim).where(Report.claim.in_(keys))
    return tuples(Claim.select(Claim.id, Claim.slug).where(Claim.id.in_(keys), Claim.id.not_in(reported)))
