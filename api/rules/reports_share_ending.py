"""A claim that no longer counts takes its reports along: they share its status and reason, and come back with it.

The same holds for a new claim that does not count, and for a new report of such a claim in a dataset.

A claim that was superseded, or taken back by its claimant on a known day, still counts as of earlier days. Its reports
stay active.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from api.database.key_sets import split_batches
from api.database.models import Claim, Record, Report
from api.database.statements import fetch_tuples
from api.history.row_versions import read_versions
from api.records.documents import load_documents
from api.records.faults import Fault, RefusedError
from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import ACTIVE, Register
from api.records.row_mapping import find_keys
from api.rules.dependencies import needs_footing

Document = dict[str, Any]
Change = tuple[Document, Document]  # before, after
Ending = tuple[str, str]  # status, and the reason for it


class Beginning(NamedTuple):
    """The revision since which a record has had its ending, and whether it was new then."""

    revision: int
    is_first: bool


class Keys(Protocol):
    """Integer keys of records."""

    def __contains__(self, key: int, /) -> bool: ...


def ending_of(claim: Mapping[str, Any]) -> Ending:
    """Return the status and reason that a claim gives to its reports. A claim that counts gives `active`."""
    if needs_footing(RECORD_TYPES["claims"], claim):
        return ACTIVE, ""
    return claim["status"], claim["status_reason"]


def load_endings(claims: set[str], register: Register, written: Keys = ()) -> dict[str, Ending]:
    """Return the endings of those of the claims that no longer count. Those with a key in `written` are left out."""
    existing = register.find(Claim, claims)
    ended = {
        slug
        for slug in claims & existing.keys()
        if existing[slug].status != ACTIVE and existing[slug].key not in written
    }
    endings = ((slug, ending_of(claim)) for slug, claim in load_documents("claims", sorted(ended)).items())
    return {slug: ending for slug, ending in endings if ending[0] != ACTIVE}


def end_with_claims(reports: Sequence[Document], endings: Mapping[str, Ending]) -> list[Document]:
    """Return new reports, the active ones of claims that no longer count with the ending of their claim."""
    return [
        _end_report(report, endings[report["claim"]])
        if report["status"] == ACTIVE and report["claim"] in endings
        else report
        for report in reports
    ]


def follow_claims(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the changes of reports that follow from changed claims.

    A report follows if it ended with its claim, or if both are active. A report that was retracted alone stays, also
    if the words of its reason are the same.
    """
    changed = {old["id"]: (ending_of(old), ending_of(new)) for old, new in changes if ending_of(old) != ending_of(new)}
    for batch in split_batches(sorted(changed)):
        for report in _find_followers({slug: changed[slug][0] for slug in batch}):
            yield report, _end_report(report, changed[report["claim"]][1])


def _end_report(report: Document, ending: Ending) -> Document:
    status, reason = ending
    return report | {"status": status, "status_reason": reason}


def _find_followers(endings: Mapping[str, Ending]) -> Iterator[Document]:
    """Yield the reports that share the ending of their claim: since the same revision, or as new reports since then."""
    query = Report.select(Report.slug).join(Claim, on=Report.claim).where(Claim.slug.in_(list(endings)))
    reports = load_documents("reports", [slug for (slug,) in fetch_tuples(query.order_by(Report.id))])
    sharing = {slug: one for slug, one in reports.items() if _shares_ending(one, endings[one["claim"]])}
    ended = {slug: ending for slug, ending in endings.items() if ending[0] != ACTIVE}
    since = _find_beginnings(Claim, ended)
    began = _find_beginnings(
        Report, {slug: _ending_of_report(one) for slug, one in sharing.items() if one["claim"] in ended}
    )
    for slug, report in sharing.items():
        if report["claim"] not in ended or _began_with(began[slug], since[report["claim"]]):
            yield report


def _began_with(report: Beginning, claim: Beginning) -> bool:
    return report.revision == claim.revision or (report.is_first and report.revision > claim.revision)


def _shares_ending(report: Document, ending: Ending) -> bool:
    status, reason = ending
    return bool(report["status"] == status and (status == ACTIVE or report["status_reason"] == reason))


def _ending_of_report(report: Mapping[str, Any]) -> Ending:
    return report["status"], report["status_reason"]


#: The columns from which the ending of a record is read.
OF_ENDING = {Claim: ("status", "status_reason", "status_by", "status_on"), Report: ("status", "status_reason")}


def _find_beginnings(model: type[Record], endings: Mapping[str, Ending]) -> dict[str, Beginning]:
    """Return since when each of these records has had this ending: since its first revision, if it never changed."""
    names = OF_ENDING[model]
    read_ending = ending_of if model is Claim else _ending_of_report
    keys = find_keys(model, list(endings))
    slugs = {key: slug for slug, key in keys.items()}
    first: dict[str, int] = {}
    changed: dict[str, int] = {}
    for key, held_from, held_until, *values in read_versions(model, names, list(slugs)):
        slug = slugs[key]
        first[slug] = min(held_from, first.get(slug, held_from))
        if held_until is not None and read_ending(dict(zip(names, values, strict=True))) != endings[slug]:
            changed[slug] = max(held_until, changed.get(slug, 0))
    return {slug: Beginning(changed.get(slug, revision), slug not in changed) for slug, revision in first.items()}


def refuse_unreported(claim: Document) -> None:
    """Raise `RefusedError` for a claim that counts again, if no report is active and none comes back with it."""
    active = Report.select(Report.id).join(Claim, on=Report.claim).where(Report.status == ACTIVE)
    if fetch_tuples(active.where(Claim.slug == claim["id"]).limit(1)):
        return
    if next(_find_followers({claim["id"]: ending_of(claim)}), None) is None:
        raise RefusedError([Fault("claims", 0, "status", UNREPORTED.format(claim["id"]))])


UNREPORTED = "{0} has no active report, and none that ended with it. Make one of its reports active first."


def name_report(report: Document, fault: Fault) -> Fault:
    """Return the fault of a report that cannot come back, as a fault of its claim."""
    message = f"Its report {report['id']} would be active again too, but is wrong: {fault.field}: {fault.message}"
    return Fault("claims", 0, "status", message)
