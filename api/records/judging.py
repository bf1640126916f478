"""Every fault of records that are refused: one answer names all that can be judged.

A write ends at its first fault, and looks at some rules only once everything is written. Whoever is refused gets the
rest told from the documents. Fields with faults of their own are left out of these (`rows.sound`), and nothing is asked
of what such a field would have told: no fault follows from another.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from api.models import Claim, Record, Source
from api.records import agreeing, bulk, rings
from api.records.agreeing import OF_CLAIM, OF_REPORT, Looked, Written
from api.records.combining import BOUNDS, Figure, Said
from api.records.faults import Fault, Faults
from api.records.likeness import NAMES, refuse_look_alikes, renamed
from api.records.needs import Statuses, unfounded
from api.records.nouns import NOUNS, Noun
from api.records.register import STANDS, Register
from api.records.rows import dangling, keys, referred, repeated, sound
from api.records.sourcing import UNREPORTED

Document = dict[str, Any]
Loaded = Mapping[str, list[Document]]
FIGURE = ("kind", *OF_CLAIM)  # of a claim, and
SAID = (*OF_REPORT, "value")  # of a report: what must be sound before the two are compared


def new(given: Mapping[str, Sequence[Any]], faults: Faults) -> None:
    """Gather whatever is wrong with new records."""
    unread = {fault.position for fault in faults.found if fault.field.split("/")[0] == "reports"}
    loaded: dict[str, list[Document]] = {}
    for noun in NOUNS.values():
        if given.get(noun.name):
            loaded[noun.name], wrong = sound(noun, given[noun.name])
            faults.add(wrong)
    register = Register()
    faults.add(among_others(loaded, register))
    for name, documents in loaded.items():
        faults.add(rings.closing(name, documents, register))
        with faults.gathered():
            refuse_look_alikes(NOUNS[name], documents)
    faults.add(_unreported(given, loaded, unread))
    faults.add(_disagreeing(loaded, unread))


def corrected(noun: Noun, old: Document, given: Document, faults: Faults) -> Document:
    """Gather whatever is wrong with a record as it would read, which is returned as far as it is sound."""
    (new,), wrong = sound(noun, [given])
    faults.add(wrong)
    register, own = Register(), keys(noun.model, [old["id"]])[old["id"]]
    faults.add(dangling(noun, [new], _missing(referred(noun, [new]), {}, register)))
    faults.add(unfounded(noun, [(old, new)], {}, register))
    faults.add(repeated(noun, [new], register, [own]))
    faults.add(rings.closing(noun.name, [new], register, own))
    if NAMES.get(noun.name) in new and renamed(noun, old, new):
        with faults.gathered():
            refuse_look_alikes(noun, [new], old["id"])
    if noun.name == "claims":
        faults.add(_claim_disagreeing(own, old, new))
    elif noun.name == "reports":
        faults.add(_report_disagreeing(own, old, new))
    return new


# What only other records can tell ------------------------------------------------------------------------------------


def among_others(loaded: Loaded, register: Register) -> Iterator[Fault]:
    """Ids that are taken, references to nothing or to what stands no longer, and what another record says already."""
    given = {
        NOUNS[name].model: {one["id"]: one.get("status", STANDS) for one in found if "id" in one}
        for name, found in loaded.items()
    }
    for name, documents in loaded.items():
        noun, own = NOUNS[name], given[NOUNS[name].model]
        taken = set(keys(noun.model, own))
        if taken or len(own) < len(documents):
            yield from _taken(noun, documents, taken)
        if missing := _missing(referred(noun, documents), given, register):
            yield from dangling(noun, documents, missing)
        yield from unfounded(noun, list(zip(repeat({}), documents)), given, register)
        yield from repeated(noun, documents, register)


def _taken(noun: Noun, documents: list[Document], taken: set[str]) -> Iterator[Fault]:
    for position, document in enumerate(documents):
        if "id" in document:
            if document["id"] in taken:
                yield Fault(noun.name, position, "id", f"{document['id']} is taken.")
            taken.add(document["id"])


def _missing(
    wanted: Mapping[type[Record], set[str]], given: Statuses, register: Register
) -> dict[type[Record], set[str]]:
    """The slugs that are neither given nor in the database."""
    found = {}
    for model, slugs in wanted.items():
        outside = slugs - given.get(model, {}).keys()
        if absent := outside - register.find(model, outside).keys():
            found[model] = absent
    return found


# Claims and their reports --------------------------------------------------------------------------------------------


def _unreported(given: Mapping[str, Sequence[Any]], loaded: Loaded, unread: Collection[int]) -> Iterator[Fault]:
    """New claims without a report; a report counts for the claim that it names, however wrong the name."""
    all_of, standing = set(), set()
    for raw, report in zip(given.get("reports", ()), loaded.get("reports", ()), strict=True):
        named = str(raw.get("claim")) if isinstance(raw, dict) else ""
        all_of.add(named)
        if report.get("status", "active") == "active":
            standing.add(named)
    for position, (raw, claim) in enumerate(zip(given.get("claims", ()), loaded.get("claims", ()), strict=True)):
        carried = standing if claim.get("status") == "active" else all_of
        if isinstance(raw, dict) and position not in unread and str(raw.get("id")) not in carried:
            yield Fault("claims", position, "reports", UNREPORTED.format(claim.get("id", "The claim")))


def _disagreeing(loaded: Loaded, unread: Collection[int]) -> list[Fault]:
    """New claims at odds with their reports, and new reports that leave others of their claim behind."""
    claims, reports = loaded.get("claims", []), loaded.get("reports", [])
    # What is not written yet has keys that no row has.
    new = {claim["id"]: -1 - n for n, claim in enumerate(claims) if "id" in claim}
    carried: dict[str, dict[int, Document]] = defaultdict(dict)
    for n, report in enumerate(reports):
        carried[report.get("claim", "")][-1 - n] = report
    there = keys(Claim, carried.keys() - new.keys() - {""})
    looked = {claim.slug: claim for claim in agreeing.looked(list(there.values()))}
    for n, claim in enumerate(claims):
        if "id" in claim and n not in unread and _is_figure(claim):
            looked[claim["id"]] = Looked(-1 - n, claim["id"], _bounds(claim), frozenset(claim["flags"]), [], [])
    told = [_with(looked[slug], found, loaded) for slug, found in carried.items() if slug in looked]
    figures = {slug for slug, found in carried.items() if any(report.get("qualifier") for report in found.values())}
    vouched = [new[slug] for slug in figures if slug in new]
    reported = vouched + [there[slug] for slug in figures if slug in there]
    written = Written(reported, vouched, [-1 - n for n in range(len(claims))], [-1 - n for n in range(len(reports))])
    return agreeing.refused(filter(None, told), written)


def _claim_disagreeing(own: int, old: Document, new: Document) -> list[Fault]:
    """Of a claim that reads otherwise now."""
    if not _is_figure(new) or all(old[name] == new[name] for name in OF_CLAIM):
        return []
    claims = [claim._replace(figure=_bounds(new), flags=frozenset(new["flags"])) for claim in agreeing.looked([own])]
    return agreeing.refused(claims, Written([], [own], [], []))


def _report_disagreeing(own: int, old: Document, new: Document) -> list[Fault]:
    """Of a report that says otherwise now, and of the claims that it carried and would carry."""
    if not new.keys() >= set(SAID) or all(old[name] == new[name] for name in OF_REPORT):
        return []
    there = keys(Claim, [report["claim"] for report in (old, new) if report["qualifier"]])
    told = []
    for claim in agreeing.looked(list(there.values())):
        others = claim._replace(
            said=[one for one in claim.said if one.key != own],
            repeating=[slug for slug in claim.repeating if slug != new["id"]],
        )
        told.append(_with(others, {own: new} if claim.slug == new["claim"] else {}, {}))
    return agreeing.refused(filter(None, told), Written(list(there.values()), [], [], [own]))


def _is_figure(claim: Document) -> bool:
    return claim.keys() >= set(FIGURE) and claim["kind"] == "casualty"


def _bounds(document: Document) -> Figure:
    low, best, high = (document[name] for name in BOUNDS)
    return low, best, high


def _with(claim: Looked, reports: Mapping[int, Document], loaded: Loaded) -> Looked | None:
    """The claim with these reports besides; None where that cannot be told."""
    if not all(report.keys() >= set(SAID) for report in reports.values()):
        return None
    standing = {key: report for key, report in reports.items() if report["status"] == "active"}
    grades = _grades({report.get("source", "") for report in standing.values()}, loaded)
    said = [
        Said(
            report.get("id", ""), key, _bounds(report), report["value"], report["qualifier"], report["harm"],
            report.get("phrase", ""), report.get("phrase_lang", ""), grades.get(report.get("source", "")),
        )
        for key, report in standing.items()
        if report["qualifier"]
    ]  # fmt: skip
    repeating = [report.get("id", "") for report in standing.values() if not report["qualifier"]]
    whole = claim._replace(said=claim.said + said, repeating=claim.repeating + repeating)
    ungraded = any(report.get("source") not in grades for report in standing.values())
    # Where figures differ, best is that of the best graded source.
    return None if ungraded and len({one.figure for one in whole.said}) > 1 else whole


def _grades(sources: Collection[str], loaded: Loaded) -> dict[str, str | None]:
    found = {slug: grade for slug, _, grade in bulk.by_slug(Source, set(sources), "reliability")}
    graded = (source for source in loaded.get("sources", ()) if source.keys() >= {"id", "reliability"})
    return found | {source["id"]: source["reliability"] for source in graded}
