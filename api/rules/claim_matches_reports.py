"""A claim has the figure of its reports: it follows when they change, and is refused if it contradicts them.

Only active reports with a figure count: a report without one repeats the claim's figure. If the claim or one of its
active reports says another harm, or figures differ, the claim has the flag that says so, and only then.

Rules: docs/developers/reconciling.md#rule-1.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from api.change_log.free_texts import MARK
from api.database import bulk
from api.database.key_sets import KeySet
from api.database.models import Claim, Report, Source
from api.database.statements import fetch_tuples, is_among
from api.history.row_versions import archive_rows
from api.reconciling.report_figures import (
    COMBINED,
    Bounds,
    ReportFigure,
    combine_reports,
    find_flags,
)
from api.records.documents import load_documents
from api.records.faults import Fault, RefusedError
from schemas.figures import BOUNDS
from schemas.vocabularies import DISORDERED, FLAG, REPORT_FLAGS, REPORTS_DIFFER

#: The fields of a report that affect its claim, and the fields of a claim that must agree with its reports.
OF_REPORT = ("claim", "status", "harm", "qualifier", *BOUNDS)
OF_CLAIM = (*BOUNDS, "flags", "harm")
MOST_REPORTS = 5  # the most reports in a message

Document = dict[str, Any]
Changed = tuple[int, Document, Document]  # a claim's key, its document before and after


class Keys(Protocol):
    """Integer keys in an order."""

    def __iter__(self) -> Iterator[int]: ...
    def __contains__(self, key: int, /) -> bool: ...


class WrittenKeys(NamedTuple):
    """The keys of the records that a transaction wrote and that affect figures."""

    reported: Keys  # claims that got reports with figures
    vouched: Keys  # claims whose figure and flags the writer stated, knowing their reports
    claims: Keys  # created claims, in the order of the request
    reports: Keys  # created or changed reports, in the order of the request
    flagged: Keys = ()  # claims written with a flag of `REPORT_FLAGS`


class ClaimWithReports(NamedTuple):
    """A claim with its active reports."""

    key: int
    slug: str
    figure: Bounds
    flags: frozenset[str]
    harm: str | None
    rule: str | None  # the name of the rule by which it has its figure
    said: list[ReportFigure]  # the reports with a figure
    repeating: list[str]  # the reports without one
    repeated_harms: list[str | None]  # of the reports without one

    @property
    def true_flags(self) -> set[str]:
        """Return the flags of `REPORT_FLAGS` that its reports give to it."""
        harms = [self.harm, *(reported.harm for reported in self.said), *self.repeated_harms]
        return find_flags(self.said, harms)

    @property
    def is_summary(self) -> bool:
        """Return whether several reports carry it, and none says how they differ.

        So it is in a list of claims, which has no reports: `imports/packages/claims_alone.py`.
        """
        is_silent = not self.said and len(self.repeating) > 1 and not any(self.repeated_harms)
        return is_silent and (self.rule == COMBINED or REPORTS_DIFFER not in self.flags)


def follow_reports(written: WrittenKeys, stamp: Mapping[str, Any]) -> Iterator[list[Changed]]:
    """Rewrite claims with the figures of their reports. Yield the changed claims in batches.

    Raise `RefusedError` if the writer of a claim stated another figure than its reports, and if a report would change
    the figure that another report repeats.
    """
    faults: list[Fault] = []
    for batch in _join_keys(written.reported, written.vouched, written.flagged).in_batches():
        denied = [claim for claim in load_claims(batch) if not _agrees_with_reports(claim, written)]
        faults += [fault for claim in denied for fault in _explain_faults(claim, written)]
        if denied and not faults:
            yield _rewrite_claims(denied, stamp)
    if faults:
        raise RefusedError(faults)


def find_faults(claims: Iterable[ClaimWithReports], written: WrittenKeys) -> list[Fault]:
    """Return the faults of claims that contradict their reports."""
    return [
        fault
        for claim in claims
        if not _agrees_with_reports(claim, written)
        for fault in _explain_faults(claim, written)
    ]


def _join_keys(*several: Iterable[int]) -> KeySet:
    joined = KeySet()
    for keys in several:
        joined.update(keys)
    return joined


def has_report_flag(claim: Mapping[str, Any]) -> bool:
    """Return whether a claim has a flag about its reports."""
    return not set(REPORT_FLAGS).isdisjoint(claim["flags"])


def load_claims(claims: list[int]) -> list[ClaimWithReports]:
    """Return claims that have active reports and are casualty claims, with one query."""
    query = (
        Report.select(
            Claim.id, Claim.slug, Claim.low, Claim.best, Claim.high, Claim.flags, Claim.harm, Claim.figure_rule,
            Report.slug, Report.id, Report.low, Report.best, Report.high, Report.value, Report.qualifier, Report.harm,
            Report.phrase, Report.phrase_lang, Source.reliability,
        )
        .join(Claim, on=Report.claim)
        .join_from(Report, Source, on=Report.source)
        .where(is_among(Report.claim, claims), Report.status == "active", Claim.kind == "casualty")
        .order_by(Report.slug)
    )  # fmt: skip
    claims_by_key: dict[int, ClaimWithReports] = {}
    for key, slug, low, best, high, flags_json, claim_harm, rule, report, *rest in fetch_tuples(query):
        flags = frozenset(json.loads(flags_json))
        claim = claims_by_key.setdefault(
            key, ClaimWithReports(key, slug, (low, best, high), flags, claim_harm, rule, [], [], [])
        )
        report_key, *bounds, value, qualifier, harm, phrase, lang, grade = rest
        if qualifier is None:
            claim.repeating.append(report)
            claim.repeated_harms.append(harm)
        else:
            claim.said.append(
                ReportFigure(report, report_key, tuple(bounds), value, qualifier, harm, phrase, lang, grade)
            )
    return list(claims_by_key.values())


def _agrees_with_reports(claim: ClaimWithReports, written: WrittenKeys) -> bool:
    has_true_flags = claim.flags & set(REPORT_FLAGS) == claim.true_flags
    if claim.said:
        return has_true_flags and claim.figure == combine_reports(claim.said).figure
    return has_true_flags or (claim.is_summary and claim.key not in written.reported)


# Refused -------------------------------------------------------------------------------------------------------------


def _explain_faults(claim: ClaimWithReports, written: WrittenKeys) -> Iterator[Fault]:
    """Yield the faults of a claim that contradicts its reports and may not follow them."""
    if not claim.said:
        if claim.key in written.vouched or claim.key in written.flagged:
            yield from _find_false_flags(claim, _find_position(claim.key, written.claims))
        return
    agreed = len({reported.figure for reported in claim.said}) == 1
    if claim.key in written.vouched or (agreed and claim.key in written.claims):
        yield from _find_denials(claim, _find_position(claim.key, written.claims))
    elif (
        claim.repeating
        and REPORTS_DIFFER not in claim.flags
        and claim.figure not in {reported.figure for reported in claim.said}
    ):
        yield _find_changed_figure(claim, written)


def _find_denials(claim: ClaimWithReports, place: int) -> Iterator[Fault]:
    """Yield a fault for each field in which a claim contradicts its reports."""
    reported_figures = "; ".join(
        f"{reported.report} says {_format_figure(reported.figure)}" for reported in claim.said[:MOST_REPORTS]
    )
    reported_figures += "; …" if len(claim.said) > MOST_REPORTS else ""
    for name, bound, must in zip(BOUNDS, claim.figure, combine_reports(claim.said).figure, strict=True):
        if bound != must:
            yield Fault(
                "claims",
                place,
                name,
                f"Must be {_format_number(must)}, because of the reports of {claim.slug}: {reported_figures}.",
            )
    for flag in REPORT_FLAGS:
        if (flag in claim.flags) != (flag in claim.true_flags):
            must_it = "Must have" if flag in claim.true_flags else "Must not have"
            yield Fault(
                "claims",
                place,
                "flags",
                f"{must_it} the flag {flag}, because of the reports of {claim.slug}: {reported_figures}.",
            )


def _find_false_flags(claim: ClaimWithReports, place: int) -> Iterator[Fault]:
    """Yield a fault for each wrong flag about reports that differ, of a claim whose reports have no figures."""
    for flag in sorted((claim.flags & set(REPORT_FLAGS)) - claim.true_flags):
        message = f"Must not have the flag {flag}, because no report of {claim.slug} has a figure of its own."
        yield Fault("claims", place, "flags", message)
    for flag in sorted(claim.true_flags - claim.flags):
        message = f"Must have the flag {flag}, because the harm of a report of {claim.slug} is not that of the claim."
        yield Fault("claims", place, "flags", message)


def _find_changed_figure(claim: ClaimWithReports, written: WrittenKeys) -> Fault:
    differing = next(reported for reported in claim.said if reported.figure != claim.figure)
    message = (
        f"{differing.report} says {_format_figure(differing.figure)}, but the claim {claim.slug} says "
        f"{_format_figure(claim.figure)}, and these reports repeat it without a figure of their own: "
        f"{', '.join(claim.repeating[:MOST_REPORTS])}. First give them the claim's figure (qualifier and value)."
    )
    return Fault("reports", _find_position(differing.key, written.reports), "qualifier", message)


def _find_position(key: int, among: Keys) -> int:
    return list(among).index(key) if key in among else 0


def _format_figure(figure: Bounds) -> str:
    return ", ".join(f"{name} {_format_number(bound)}" for name, bound in zip(BOUNDS, figure, strict=True))


def _format_number(bound: int | None) -> str:
    return "null" if bound is None else str(bound)


# Followed ------------------------------------------------------------------------------------------------------------


def _rewrite_claims(claims: Sequence[ClaimWithReports], stamp: Mapping[str, Any]) -> list[Changed]:
    """Write the figures of the reports into the rows of their claims. Archive the old rows."""
    before = load_documents("claims", [claim.slug for claim in claims])
    changed = [(claim.key, before[claim.slug], _follow_figure(claim, before[claim.slug])) for claim in claims]
    archive_rows(Claim, "id", [key for key, _, _ in changed], stamp["revision"])
    rows = [{"id": key, **{name: after[name] for name in FOLLOWS}, **stamp} for key, _, after in changed]
    bulk.update_rows(Claim, [row | {"flags": json.dumps(row["flags"])} for row in rows], "id")
    return changed


FOLLOWS = (*BOUNDS, "qualifier", "value", "figure_rule", "phrase", "phrase_lang", "flags")


def _follow_figure(claim: ClaimWithReports, old: Document) -> Document:
    read = combine_reports(claim.said) if claim.said else None
    if not read or (read.rule, read.figure) == (read.qualifier, claim.figure) and old["figure_rule"] != COMBINED:
        return old | {"flags": _follow_flags(claim, claim.figure)}
    bounds = dict(zip(BOUNDS, read.figure, strict=True))
    new = old | bounds | {"qualifier": read.qualifier, "value": read.value, "figure_rule": read.rule}
    new["flags"] = _follow_flags(claim, read.figure)
    return (
        new if REPORTS_DIFFER in new["flags"] or read.figure == claim.figure else new | _follow_words(claim.said, old)
    )


def _follow_flags(claim: ClaimWithReports, figure: Bounds) -> list[str]:
    """Return the flags of the claim, with those of `REPORT_FLAGS` and `DISORDERED` as this figure requires."""
    present = claim.flags.difference(REPORT_FLAGS) | claim.true_flags
    if figure != claim.figure:
        bounds = [bound for bound in figure if bound is not None]
        present = present - {DISORDERED} | ({DISORDERED} if bounds != sorted(bounds) else set())
    return [flag for flag in FLAG if flag in present]


def _follow_words(figures: Sequence[ReportFigure], old: Document) -> Document:
    """Return the phrase of the reports for the claim. Empty: the claim has a phrase of one of them already."""
    words = [reported for reported in figures if reported.phrase not in ("", MARK)]
    if old["phrase"] in [reported.phrase for reported in words]:
        return {}
    return {"phrase": words[0].phrase, "phrase_lang": words[0].phrase_lang} if words else {"phrase": ""}
