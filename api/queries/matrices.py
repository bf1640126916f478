"""Who says what of whose losses: own, opposing and third parties' figures side by side, and how far they are apart."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from api.models import Conflict
from api.queries import claims, twice
from api.queries.casualties import casualties
from api.queries.evidence import RUNNING, Claim, Place
from api.queries.known import Known, known
from api.queries.questions import ALL
from api.queries.references import require
from api.queries.rows import Caution, Row
from api.queries.select import bind

OWN, OPPOSING, THIRD = "own", "opposing", "third_party"
STANCES = (OWN, OPPOSING, THIRD)
POLICIES = {OWN: "own_side", OPPOSING: "opposing_side", THIRD: "third_party"}


class Spot(NamedTuple):
    """What the figures of the camps are set against each other on."""

    conflict: str
    subject: str  # a camp, or "all"
    harm: str
    measure: str | None


class Entry(NamedTuple):
    spot: Spot
    stance: str
    camp: str | None  # None: third parties
    row: Row | None  # None: there is no such figure
    asked: dict[str, Any]  # the question of casualties that has the row
    ratio: float | None
    first: str | None
    last: str | None
    silences: tuple[str, ...]


class Matrix(NamedTuple):
    entries: list[Entry]
    warnings: list[Caution]


def matrix(asked: dict[str, Any]) -> Matrix:
    """Raises `NoSuchRecord`, `TooMany` and `Refused`."""
    require("conflict", Conflict.slug, (asked["conflict"],))
    of_cells = {"conflict": (asked["conflict"],), "harm": asked["harm"]}
    held = known(bind(claims.LISTING, of_cells), asked.get("as_of"))
    said = {c.id: c for c in held.claims}
    answers = [(stance, camp, question, casualties(question)) for stance, camp, question in _questions(asked, held)]
    entries = [
        Entry(
            spot, stance, spot.subject if stance == OWN else camp, row, question, None, *_days(said, row), row.silences
        )
        for stance, camp, question, answer in answers
        for row in answer.rows
        for spot in [_spot(asked, row)]
    ]
    entries += list(_unsaid(held, entries))
    own = {entry.spot: entry.row for entry in entries if entry.stance == OWN}
    told = [entry._replace(ratio=_ratio(entry, own.get(entry.spot))) for entry in sorted(entries, key=_order)]
    counted_twice = dict.fromkeys(w for *_, answer in answers for w in answer.warnings if w.code == twice.CODE)
    return Matrix(told, [*_cautions(told, own), *counted_twice])


def _questions(asked: dict[str, Any], held: Known) -> Iterable[tuple[str, str | None, dict[str, Any]]]:
    """One question of casualties a stance; the opponents are asked camp by camp."""
    base = {"conflict": (asked["conflict"],), "group_by": ("subject_side",)}
    base |= {name: asked[name] for name in ("harm", "basis", "as_of") if name in asked}
    for stance, policy in POLICIES.items():
        if stance != OPPOSING:
            yield stance, None, base | {"policy": policy}
            continue
        for camp, sides in sorted(_speakers(held, asked).items()):
            yield stance, camp, base | {"policy": policy, "claimant_side": tuple(sorted(sides))}


def _speakers(held: Known, asked: dict[str, Any]) -> dict[str, set[str]]:
    """For each camp the sides that claimants speak for.

    A side that spoke in two camps in turn stands by itself: what it said in one was not said by the other. What fell,
    or was not yet said, is in no figure, and so parts no camp.
    """
    camps: dict[str, set[str]] = defaultdict(set)
    running = asked["basis"] == "totals"
    for claim in (c for c in held.claims if c.id not in held.fallen and (c.measure in RUNNING) == running):
        place = held.world.place(claim, asked.get("as_of"))
        if place and claim.claimant_side and (camp := held.world.party(claim.claimant_side, place)):
            camps[claim.claimant_side].add(camp)
    speakers: dict[str, set[str]] = defaultdict(set)
    for side, spoken_in in camps.items():
        speakers[side if len(spoken_in) > 1 else min(spoken_in)].add(side)
    return speakers


def _spot(asked: dict[str, Any], row: Row) -> Spot:
    key = dict(row.key)
    return Spot(
        key.get("conflict") or asked["conflict"], key["subject_side"] or ALL, key["harm"] or "", key.get("measure")
    )


def _days(said: dict[str, Claim], row: Row) -> tuple[str | None, str | None]:
    """The first day and the last possible day of the statements used."""
    used = [said[claim] for claim in row.claims]
    first = min((c.stated_on for c in used if c.stated_on), default=None)
    return first, max((c.stated_last for c in used if c.stated_last), default=None)


def _unsaid(held: Known, entries: list[Entry]) -> Iterable[Entry]:
    """The camps that gave no figure of their own where others did; with their silences, if they never gave one."""
    own = {entry.spot for entry in entries if entry.stance == OWN}
    spoken = {spot._replace(measure=None) for spot in own}
    for spot in {entry.spot for entry in entries} - own:
        if spot.subject != ALL:
            silent = [] if spot._replace(measure=None) in spoken else [c for c in held.claims if _silent(held, c, spot)]
            silences = sorted(c.id for c in silent if c.id not in held.fallen)
            yield Entry(spot, OWN, spot.subject, None, {}, None, None, None, tuple(silences))


def _silent(held: Known, claim: Claim, spot: Spot) -> bool:
    if claim.kind != "silence" or claim.harm != spot.harm or claim.subject_side is None:
        return False
    place = Place.on(claim.conflict, "", claim.event, claim.covers_from or "")
    return (
        claim.conflict in held.world.related(spot.conflict)
        and held.world.camp(claim.subject_side, place) == spot.subject
    )


def _ratio(entry: Entry, own: Row | None) -> float | None:
    """Only of figures on the same thing: sums over different events are not to be compared."""
    if entry.stance != OPPOSING or entry.row is None or own is None or own.best == 0:
        return None
    if {cell.place for cell in entry.row.cells} != {cell.place for cell in own.cells}:
        return None
    return entry.row.best / own.best


def _order(entry: Entry) -> tuple[Any, ...]:
    spot = entry.spot
    about = spot.conflict, spot.subject == ALL, spot.subject, spot.harm, spot.measure or ""
    return (*about, STANCES.index(entry.stance), entry.camp or "")


def _cautions(entries: list[Entry], own: dict[Spot, Row | None]) -> Iterable[Caution]:
    compared = [e for e in entries if e.stance == OPPOSING and e.row and own.get(e.spot)]
    parts = [e for e in compared if e.ratio is not None and e.row and (e.row.incomplete or _incomplete(own[e.spot]))]
    apart = [e for e in compared if e.ratio is None and (row := own[e.spot]) and row.best]
    if parts:
        yield Caution("parts_compared", f"ratios of figures that lack a part, see incomplete: {_named(parts)}")
    if apart:
        yield Caution("not_comparable", f"own and opposing figures count other events, hence no ratio: {_named(apart)}")
    if entries:
        yield Caution("not_added", "rows are alternatives and parts of each other: they have no sum")


def _incomplete(row: Row | None) -> bool:
    return bool(row and row.incomplete)


def _named(entries: list[Entry]) -> str:
    return ", ".join(f"{e.spot.subject} {e.spot.harm} {e.spot.measure or 'incidents'}" for e in entries)
