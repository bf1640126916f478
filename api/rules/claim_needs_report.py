"""Every claim needs a report, so that every number has a source."""

from api.database.key_sets import KeySet
from api.database.models import Claim, Report
from api.database.statements import fetch_tuples, is_among
from api.records.faults import Fault, RefusedError
from api.rules.dependencies import COUNTED

UNREPORTED = (
    "{} has no report. Every claim needs a source. A new claim names it in `reports`, such as "
    '[{{"source": "gazette-1"}}]. An older claim keeps a report.'
)


def refuse_unsourced(unsourced: KeySet, claims: KeySet) -> None:
    """Raise `RefusedError` for each `unsourced` claim without a report. Positions are those among the new `claims`.

    An active claim needs an active report. So does an existing claim that was active on some day. A new one does not,
    because a package is imported as it was exported.
    """
    missing = {key: slug for batch in unsourced.in_batches() for key, slug in _without_report(batch, claims)}
    if missing:
        places = {key: position for position, key in enumerate(claims) if key in missing}
        raise RefusedError(
            [
                Fault("claims", places.get(key, 0), "reports", UNREPORTED.format(slug))
                for key, slug in sorted(missing.items())
            ]
        )


def _without_report(keys: list[int], claims: KeySet) -> list[tuple[int, str]]:
    new = is_among(Claim.id, [key for key in keys if key in claims])
    needless = (Claim.status != "active") & (new | ~COUNTED)
    stands = (Report.status == "active") | needless
    reported = Report.select(Report.claim).join(Claim, on=Report.claim).where(is_among(Report.claim, keys) & stands)
    return fetch_tuples(Claim.select(Claim.id, Claim.slug).where(is_among(Claim.id, keys), Claim.id.not_in(reported)))
