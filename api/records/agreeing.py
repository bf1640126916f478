"""A claim's figure is that of its reports: it follows when they change, and is refused where it denies them.

Only reports that stand and have a figure of their own count: one without repeats the claim's.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from api.db import tuples
from api.models import Claim, Report, Source
from api.queries.record import having
from api.records import bulk
from api.records.combining import BOUNDS, COMBINED, DIFFER, FLAGS, Figure, Said, flags, reading
from api.records.documents import documents
from api.records.faults import Fault, Refused
from api.records.keyset import KeySet
from api.records.log import MARK
from api.records.versions import archive
from schemas.vocab import DISORDERED, FLAG

#: What of a report bears on its claim, and for what of a claim its writer answers.
OF_REPORT = ("claim", "status", "harm", "qualifier", *BOUNDS)
OF_CLAIM = (*BOUNDS, "flags")
TOLD = 5  # reports in a message

Document = dict[str, Any]
Changed = tuple[int, Document, Document]  # a claim's key, its document before and after


class Keys(Protocol):
    """Integer keys in an order."""

    def __iter__(self) -> Iterator[int]: ...
    def __contains__(self, key: int, /) -> bool: ...


class Written(NamedTuple):
    """What a transaction wrote that bears on figures, by key."""

    reported: Keys  # claims of which it wrote reports with figures of their own
    vouched: Keys  # claims whose figure and flags their writer gave, with their reports before his eyes
    claims: Keys  # that it created, in the order in which they were given
    reports: Keys  # that it created or changed, likewise


class Looked(NamedTuple):
    """A claim as it is, and what its standing reports say."""

    key: int
    slug: str
    figure: Figure
    flags: frozenset[str]
    said: list[Said]  # in figures of their own
    repeating: list[str]  # reports without


def follow(written: Written, stamp: Mapping[str, Any]) -> Iterator[list[Changed]]:
    """Let claims follow their reports; yields those that do, some at a time.

    Raises `Refused` where the writer of a claim gave it another figure than its reports do, and where a report would
    change the figure that another one repeats.
    """
    faults: list[Fault] = []
    for batch in _both(written.reported, written.vouched).batches():
        denied = [claim for claim in looked(batch) if not _agrees(claim, written)]
        faults += [fault for claim in denied for fault in _faults(claim, written)]
        if denied and not faults:
            yield _rewritten(denied, stamp)
    if faults:
        raise Refused(faults)


def refused(claims: Iterable[Looked], written: Written) -> list[Fault]:
    """Why these claims may not read as they would."""
    return [fault for claim in claims if not _agrees(claim, written) for fault in _faults(claim, written)]


def _both(some: Iterable[int], others: Iterable[int]) -> KeySet:
    found = KeySet(some)
    found.update(others)
    return found


def looked(claims: list[int]) -> list[Looked]:
    """Claims with a figure, as one statement tells all of them."""
    query = (
        Report.select(
            Claim.id, Claim.slug, Claim.low, Claim.best, Claim.high, Claim.flags,
            Report.slug, Report.id, Report.low, Report.best, Report.high, Report.value, Report.qualifier, Report.harm,
            Report.phrase, Report.phrase_lang, Source.reliability,
        )
        .join(Claim, on=Report.claim)
        .join_from(Report, Source, on=Report.source)
        .where(having(Report.claim, claims), Report.status == "active", Claim.kind == "casualty")
        .order_by(Report.slug)
    )  # fmt: skip
    found: dict[int, Looked] = {}
    for key, slug, low, best, high, told, report, *more in tuples(query):
        claim = found.setdefault(key, Looked(key, slug, (low, best, high), frozenset(json.loads(told)), [], []))
        own, *bounds, value, qualifier, harm, phrase, lang, grade = more
        if qualifier is None:
            claim.repeating.append(report)
        else:
            claim.said.append(Said(report, own, tuple(bounds), value, qualifier, harm, phrase, lang, grade))
    return list(found.values())


def _agrees(claim: Looked, written: Written) -> bool:
    if claim.said:
        return claim.figure == reading(claim.said).figure and claim.flags & set(FLAGS) == flags(claim.said)
    return claim.key not in written.reported or claim.flags.isdisjoint(FLAGS)


# Refused -------------------------------------------------------------------------------------------------------------


def _faults(claim: Looked, written: Written) -> Iterator[Fault]:
    """Why a claim may not read as it does, nor follow its reports."""
    if not claim.said:
        return
    agreed = len({one.figure for one in claim.said}) == 1
    if claim.key in written.vouched or (agreed and claim.key in written.claims):
        yield from _denials(claim, _place(claim.key, written.claims))
    elif claim.repeating and DIFFER not in claim.flags and claim.figure not in {one.figure for one in claim.said}:
        yield _left_behind(claim, written)


def _denials(claim: Looked, place: int) -> Iterator[Fault]:
    """A fault for each field in which a claim is not what its reports make of it."""
    told = "; ".join(f"{one.report} says {_told(one.figure)}" for one in claim.said[:TOLD])
    told += "; …" if len(claim.said) > TOLD else ""
    for name, bound, must in zip(BOUNDS, claim.figure, reading(claim.said).figure, strict=True):
        if bound != must:
            yield Fault(
                "claims", place, name, f"must be {_number(must)}, as the reports of {claim.slug} have it: {told}."
            )
    for flag in FLAGS:
        if (flag in claim.flags) != (flag in flags(claim.said)):
            must_it = "must hold" if flag in flags(claim.said) else "must not hold"
            yield Fault("claims", place, "flags", f"{must_it} {flag}, as the reports of {claim.slug} have it: {told}.")


def _left_behind(claim: Looked, written: Written) -> Fault:
    other = next(one for one in claim.said if one.figure != claim.figure)
    message = (
        f"{other.report} says {_told(other.figure)}; the claim {claim.slug} says {_told(claim.figure)}, and so does "
        f"{', '.join(claim.repeating[:TOLD])}, without a figure of its own: give it that figure first."
    )
    return Fault("reports", _place(other.key, written.reports), "qualifier", message)


def _place(key: int, among: Keys) -> int:
    return list(among).index(key) if key in among else 0


def _told(figure: Figure) -> str:
    return ", ".join(f"{name} {_number(bound)}" for name, bound in zip(BOUNDS, figure, strict=True))


def _number(bound: int | None) -> str:
    return "null" if bound is None else str(bound)


# Followed ------------------------------------------------------------------------------------------------------------


def _rewritten(claims: Sequence[Looked], stamp: Mapping[str, Any]) -> list[Changed]:
    """The rows of claims as their reports have it; the old ones are kept."""
    before = documents("claims", [claim.slug for claim in claims])
    changed = [(claim.key, before[claim.slug], _followed(claim, before[claim.slug])) for claim in claims]
    archive(Claim, "id", [key for key, _, _ in changed], stamp["revision"])
    rows = [{"id": key, **{name: after[name] for name in FOLLOWS}, **stamp} for key, _, after in changed]
    bulk.update(Claim, [row | {"flags": json.dumps(row["flags"])} for row in rows], "id")
    return changed


FOLLOWS = (*BOUNDS, "qualifier", "value", "figure_rule", "phrase", "phrase_lang", "flags")


def _followed(claim: Looked, old: Document) -> Document:
    read = reading(claim.said) if claim.said else None
    if not read or (read.rule, read.figure) == (read.qualifier, claim.figure) and old["figure_rule"] != COMBINED:
        return old | {"flags": _flags(claim, claim.figure)}
    bounds = dict(zip(BOUNDS, read.figure, strict=True))
    new = old | bounds | {"qualifier": read.qualifier, "value": read.value, "figure_rule": read.rule}
    new["flags"] = _flags(claim, read.figure)
    return new if DIFFER in new["flags"] or read.figure == claim.figure else new | _words(claim.said, old)


def _flags(claim: Looked, figure: Figure) -> list[str]:
    """Those that tell of this figure, and all others that the claim has."""
    held = claim.flags.difference(FLAGS) | flags(claim.said)
    if figure != claim.figure:
        bounds = [bound for bound in figure if bound is not None]
        held = held - {DISORDERED} | ({DISORDERED} if bounds != sorted(bounds) else set())
    return [flag for flag in FLAG if flag in held]


def _words(said: Sequence[Said], old: Document) -> Document:
    """Whoever takes a figure takes its words, unless they are his already."""
    words = [one for one in said if one.phrase not in ("", MARK)]
    if old["phrase"] in [one.phrase for one in words]:
        return {}
    return {"phrase": words[0].phrase, "phrase_lang": words[0].phrase_lang} if words else {"phrase": ""}
