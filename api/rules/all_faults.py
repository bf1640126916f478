"""Every fault of refused records, so that one answer names all of them.

A write ends at its first fault, and checks some rules only after all records are written. For refused records, the
other faults are found from the documents. A field with a fault is left out of its document (`row_mapping.load_sound`),
and no rule reads it: no fault follows from another.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from api.database import bulk
from api.database.models import Claim, Record, Source
from api.reconciling.report_figures import Bounds, ReportFigure
from api.records.faults import Fault, Faults
from api.records.record_types import RECORD_TYPES, RecordType
from api.records.reference_cache import ACTIVE, Register
from api.records.row_mapping import find_dangling, find_duplicates, find_keys, load_sound, referred_slugs
from api.rules import (
    claim_matches_reports,
    cycles,
    ended_claims,
    event_fits_conflict,
    fitting_references,
    fitting_relations,
    one_figure_per_scope,
    phase_fits_conflict,
    repeated_sources,
    report_fits_claim,
)
from api.rules.claim_matches_reports import OF_CLAIM, OF_REPORT, ClaimWithReports, WrittenKeys
from api.rules.claim_needs_report import UNREPORTED
from api.rules.confusable_names import NAMES, is_renamed, refuse_look_alikes
from api.rules.dependencies import Statuses, find_unfounded
from api.rules.landscape import build_landscape
from api.rules.reports_share_ending import Keys, end_with_claims, ending_of
from schemas.figures import BOUNDS

Document = dict[str, Any]
Loaded = Mapping[str, list[Document]]
# The fields that must have no fault before a claim is compared with its reports.
CLAIM_FIELDS = ("kind", *OF_CLAIM)
REPORT_FIELDS = (*OF_REPORT, "value")


def gather_new(raw_records: Mapping[str, Sequence[Any]], faults: Faults) -> None:
    """Add every fault of new records to `faults`."""
    unread = {fault.position for fault in faults.collected if fault.field.split("/")[0] == "reports"}
    loaded: dict[str, list[Document]] = {}
    for record_type in RECORD_TYPES.values():
        if raw_records.get(record_type.name):
            loaded[record_type.name], wrong = load_sound(record_type, raw_records[record_type.name])
            faults.add(wrong)
    if "reports" in loaded:
        loaded["reports"] = list(_end_reports(loaded["reports"], loaded.get("claims", ())))
    register = Register()
    faults.add(find_faults_among(loaded, register))
    for name, documents in loaded.items():
        faults.add(cycles.find_rings(name, documents, register))
        with faults.collect_faults():
            refuse_look_alikes(RECORD_TYPES[name], documents)
    faults.add(_find_unreported(raw_records, loaded, unread))
    faults.add(_find_disagreeing(loaded, unread))
    faults.add(one_figure_per_scope.find_repeated_in_record(loaded.get("claims", [])))


def _end_reports(reports: Sequence[Document], claims: Sequence[Document]) -> Iterator[Document]:
    """Yield the reports, those of claims that do not count with the ending of their claim, as they would be written."""
    endings = {claim["id"]: ending_of(claim) for claim in claims if claim.keys() >= {"id", "status", "status_reason"}}
    for report in reports:
        yield from end_with_claims([report], endings) if report.keys() >= {"claim", "status"} else [report]


def gather_corrected(record_type: RecordType, old: Document, raw_document: Document, faults: Faults) -> Document:
    """Add every fault of a corrected record to `faults`. Return the record without the fields that have faults."""
    (new,), wrong = load_sound(record_type, [raw_document])
    faults.add(wrong)
    register, key = Register(), find_keys(record_type.model, [old["id"]])[old["id"]]
    faults.add(find_dangling(record_type, [new], _find_missing(referred_slugs(record_type, [new]), {}, register)))
    faults.add(find_unfounded(record_type, [(old, new)], {}, register))
    faults.add(find_duplicates(record_type, [new], register, [key]))
    faults.add(cycles.find_rings(record_type.name, [new], register, key))
    if NAMES.get(record_type.name) in new and is_renamed(record_type, old, new):
        with faults.collect_faults():
            refuse_look_alikes(record_type, [new], old["id"])
    if record_type.name == "claims":
        faults.add(_check_claim(key, old, new))
        faults.add(
            one_figure_per_scope.find_repeated_in_record([new]) if one_figure_per_scope.is_moved(old, new) else ()
        )
    elif record_type.name == "reports":
        faults.add(_check_report(key, old, new))
    faults.add(find_faults_of_corrections(record_type.name, [(old, new)], register))
    faults.add(fitting_relations.find_broken_by(record_type.name, (old, new), register))
    return new


def find_faults_of_corrections(
    record_type: str, changes: Sequence[tuple[Document, Document]], register: Register, written: Keys = frozenset()
) -> Iterator[Fault]:
    """Yield the faults of corrected records that only other records show: the same at every door.

    `changes`: each record before and after. `written`: the keys of claims that the transaction has written.
    """
    if record_type == "claims":
        yield from fitting_references.find_moved_misfits(changes, register)
        yield from report_fits_claim.find_moved_claims(changes)
    elif record_type == "events":
        yield from event_fits_conflict.find_moved_events(changes, register)
    elif record_type == "reports":
        yield from repeated_sources.find_moved_repeats(changes)
        yield from report_fits_claim.find_moved_reports(changes)
    elif record_type == "relations":
        yield from fitting_relations.find_moved_relations(changes, register)
    yield from ended_claims.find_ended(record_type, changes, register, written)


# Faults that only other records show ---------------------------------------------------------------------------------


def find_faults_among(
    loaded: Loaded, register: Register, written: Keys = frozenset(), may_have_old_flags: bool = False
) -> Iterator[Fault]:
    """Yield a fault for each id in use, each reference to a missing or inactive record, and each duplicate.

    `written` are the keys of claims that the transaction has written. `may_have_old_flags`: see
    `fitting_references.find_misfits`.
    """
    statuses = {
        RECORD_TYPES[name].model: {
            document["id"]: document.get("status", ACTIVE) for document in documents if "id" in document
        }
        for name, documents in loaded.items()
    }
    dangling: list[Fault] = []
    for name, documents in loaded.items():
        record_type, new_statuses = RECORD_TYPES[name], statuses[RECORD_TYPES[name].model]
        taken = set(find_keys(record_type.model, new_statuses))
        if taken or len(new_statuses) < len(documents):
            yield from _find_taken(record_type, documents, taken)
        if missing := _find_missing(referred_slugs(record_type, documents), statuses, register):
            dangling += find_dangling(record_type, documents, missing)
        yield from find_unfounded(record_type, list(zip(repeat({}), documents)), statuses, register)
        yield from find_duplicates(record_type, documents, register)
        yield from _find_ended(record_type, documents, statuses, register, written)
    yield from dangling
    yield from one_figure_per_scope.find_repeated(loaded.get("claims", []))
    if claims := loaded.get("claims"):
        scene = fitting_references.build_scene(loaded, register)
        misfits = fitting_references.find_misfits(claims, scene, may_have_old_flags)
        yield from _drop_consequences(misfits, dangling)
    if conflicts := loaded.get("conflicts"):
        yield from phase_fits_conflict.find_foreign_phases(conflicts, build_landscape(loaded, register))
    yield from event_fits_conflict.find_new_misfits(loaded, register)
    if reports := loaded.get("reports"):
        yield from report_fits_claim.find_unfit_reports(reports, loaded.get("claims", ()))
    if relations := loaded.get("relations"):
        yield from fitting_relations.find_unfitting(relations, loaded, register)
    yield from _find_repeated_sources(loaded, statuses.get(Claim, {}))


def _drop_consequences(faults: Iterable[Fault], dangling: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults except those of dangling references: a side that does not exist is no party either."""
    places = {(fault.record_type, fault.position, fault.field) for fault in dangling}
    yield from (fault for fault in faults if (fault.record_type, fault.position, fault.field) not in places)


def _find_ended(
    record_type: RecordType, documents: list[Document], statuses: Statuses, register: Register, written: Keys
) -> Iterator[Fault]:
    """Yield a fault for each new record of a claim that had ended before. Claims of the same batch may have ended."""
    new_claims = statuses.get(Claim, {})
    for fault in ended_claims.find_ended(
        record_type.name, [({}, document) for document in documents], register, written
    ):
        if documents[fault.position][fault.field] not in new_claims:
            yield fault


def _find_repeated_sources(loaded: Loaded, new_claims: Collection[str]) -> Iterator[Fault]:
    """Yield a fault for each report that repeats a source. Two claims of one id have another fault already."""
    counts = Counter(claim["id"] for claim in loaded.get("claims", ()) if "id" in claim)
    clear = {n: report for n, report in enumerate(loaded.get("reports", ())) if counts[report.get("claim")] < 2}
    yield from repeated_sources.find_repeated_sources(list(clear.values()), new_claims, list(clear))


def _find_taken(record_type: RecordType, documents: list[Document], taken: set[str]) -> Iterator[Fault]:
    for position, document in enumerate(documents):
        if "id" in document:
            if document["id"] in taken:
                yield Fault(record_type.name, position, "id", f"{document['id']} exists already. Send another id.")
            taken.add(document["id"])


def _find_missing(
    slugs_by_model: Mapping[type[Record], set[str]], statuses: Statuses, register: Register
) -> dict[type[Record], set[str]]:
    """Return the slugs that neither the new records nor the database have."""
    missing = {}
    for model, slugs in slugs_by_model.items():
        outside = slugs - statuses.get(model, {}).keys()
        if absent := outside - register.find(model, outside).keys():
            missing[model] = absent
    return missing


# Claims and their reports --------------------------------------------------------------------------------------------


def _find_unreported(
    raw_records: Mapping[str, Sequence[Any]], loaded: Loaded, unread: Collection[int]
) -> Iterator[Fault]:
    """Yield a fault for each new claim without a report. A report counts for its claim, even if its id has a fault."""
    all_of, standing = set(), set()
    for raw, report in zip(raw_records.get("reports", ()), loaded.get("reports", ()), strict=True):
        named = str(raw.get("claim")) if isinstance(raw, dict) else ""
        all_of.add(named)
        if report.get("status", "active") == "active":
            standing.add(named)
    for position, (raw, claim) in enumerate(zip(raw_records.get("claims", ()), loaded.get("claims", ()), strict=True)):
        carried = standing if claim.get("status") == "active" else all_of
        if isinstance(raw, dict) and position not in unread and str(raw.get("id")) not in carried:
            yield Fault("claims", position, "reports", UNREPORTED.format(claim.get("id", "The claim")))


def _find_disagreeing(loaded: Loaded, unread: Collection[int]) -> list[Fault]:
    """Return faults for new claims that contradict their reports, and new reports that contradict their claim."""
    claims, reports = loaded.get("claims", []), loaded.get("reports", [])
    # Records that are not written yet get negative keys, which no row has.
    new = {claim["id"]: -1 - n for n, claim in enumerate(claims) if "id" in claim}
    carried: dict[str, dict[int, Document]] = defaultdict(dict)
    for n, report in enumerate(reports):
        carried[report.get("claim", "")][-1 - n] = report
    existing_keys = find_keys(Claim, carried.keys() - new.keys() - {""})
    looked = {claim.slug: claim for claim in claim_matches_reports.load_claims(list(existing_keys.values()))}
    for n, claim in enumerate(claims):
        if "id" in claim and n not in unread and _is_figure(claim):
            looked[claim["id"]] = ClaimWithReports(
                -1 - n, claim["id"], _bounds_of(claim), frozenset(claim["flags"]), claim["harm"],
                claim.get("figure_rule"), [], [], [],
            )  # fmt: skip
    claims_with_reports = [
        _add_reports(looked[slug], claim_reports, loaded) for slug, claim_reports in carried.items() if slug in looked
    ]
    figures = {
        slug
        for slug, claim_reports in carried.items()
        if any(report.get("qualifier") or report.get("harm") for report in claim_reports.values())
    }
    vouched = [new[slug] for slug in figures if slug in new]
    reported = vouched + [existing_keys[slug] for slug in figures if slug in existing_keys]
    written = WrittenKeys(
        reported,
        vouched,
        [-1 - n for n in range(len(claims))],
        [-1 - n for n in range(len(reports))],
        list(new.values()),
    )
    return claim_matches_reports.find_faults(filter(None, claims_with_reports), written)


def _check_claim(key: int, old: Document, new: Document) -> list[Fault]:
    """Return faults of a corrected claim that contradicts its reports."""
    if not _is_figure(new) or all(old[name] == new[name] for name in OF_CLAIM):
        return []
    claims = [
        claim._replace(figure=_bounds_of(new), flags=frozenset(new["flags"]), harm=new["harm"])
        for claim in claim_matches_reports.load_claims([key])
    ]
    return claim_matches_reports.find_faults(claims, WrittenKeys([], [key], [], []))


def _check_report(key: int, old: Document, new: Document) -> list[Fault]:
    """Return faults of a corrected report that contradicts its old or its new claim."""
    if not new.keys() >= set(REPORT_FIELDS) or all(old[name] == new[name] for name in OF_REPORT):
        return []
    existing_keys = find_keys(
        Claim, [report["claim"] for report in (old, new) if report["qualifier"] or report["harm"]]
    )
    changed_claims = []
    for claim in claim_matches_reports.load_claims(list(existing_keys.values())):
        others = claim._replace(
            said=[reported for reported in claim.said if reported.key != key],
            repeating=[slug for slug in claim.repeating if slug != new["id"]],
            repeated_harms=[
                harm for slug, harm in zip(claim.repeating, claim.repeated_harms, strict=True) if slug != new["id"]
            ],
        )
        changed_claims.append(_add_reports(others, {key: new} if claim.slug == new["claim"] else {}, {}))
    return claim_matches_reports.find_faults(
        filter(None, changed_claims), WrittenKeys(list(existing_keys.values()), [], [], [key])
    )


def _is_figure(claim: Document) -> bool:
    return claim.keys() >= set(CLAIM_FIELDS) and claim["kind"] == "casualty"


def _bounds_of(document: Document) -> Bounds:
    low, best, high = (document[name] for name in BOUNDS)
    return low, best, high


def _add_reports(claim: ClaimWithReports, reports: Mapping[int, Document], loaded: Loaded) -> ClaimWithReports | None:
    """Return the claim with these reports added; None if faults make its figure unclear."""
    if not all(report.keys() >= set(REPORT_FIELDS) for report in reports.values()):
        return None
    standing = {key: report for key, report in reports.items() if report["status"] == "active"}
    grades = _load_grades({report.get("source", "") for report in standing.values()}, loaded)
    figures = [
        ReportFigure(
            report.get("id", ""), key, _bounds_of(report), report["value"], report["qualifier"], report["harm"],
            report.get("phrase", ""), report.get("phrase_lang", ""), grades.get(report.get("source", "")),
        )
        for key, report in standing.items()
        if report["qualifier"]
    ]  # fmt: skip
    repeating = [report for report in standing.values() if not report["qualifier"]]
    whole = claim._replace(
        said=claim.said + figures,
        repeating=claim.repeating + [report.get("id", "") for report in repeating],
        repeated_harms=claim.repeated_harms + [report["harm"] for report in repeating],
    )
    ungraded = any(report.get("source") not in grades for report in standing.values())
    # If figures differ, best is that of the source with the best grade.
    return None if ungraded and len({reported.figure for reported in whole.said}) > 1 else whole


def _load_grades(sources: Collection[str], loaded: Loaded) -> dict[str, str | None]:
    grades = {slug: grade for slug, _, grade in bulk.rows_by_slug(Source, set(sources), "reliability")}
    graded = (source for source in loaded.get("sources", ()) if source.keys() >= {"id", "reliability"})
    return grades | {source["id"]: source["reliability"] for source in graded}
