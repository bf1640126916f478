"""Figures of the losses of each side, by stance of the claimants, and how far they are apart.

Rules: docs/developers/reconciling.md#rule-3, #rule-16.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from api.database.models import Conflict
from api.evidence.frame import open_frame
from api.history.revisions import current_revision
from api.listings.references import by_id, cached_references, require_existing
from api.reconciling.comparing import BOUND_ALONE, NO_BASE, ZERO, Ratio, compare_rows
from api.reconciling.policies import AFFILIATED, OPPOSING, OWN, THIRD_PARTY
from api.reconciling.question import ALL, Question, accept_all
from api.reconciling.reconcile import reconcile, reconcile_policies
from api.reconciling.reconciled_answer import INCIDENTS, TOTALS, Answer, Row
from api.reconciling.record import END_OF_TIME, PERIOD, Claim, Relation, Unit, World
from api.reconciling.standing import find_standing
from api.statistics.casualties import read_question
from api.statistics.double_counting import find_double_counts
from api.statistics.notices import Notice, collect_notices
from api.statistics.reading import Reading
from schemas.labels import label_word
from schemas.vocabularies import HARM, MEASURE

POLICY_BY_STANCE = {OWN: "own_side", OPPOSING: "opposing_side", AFFILIATED: "affiliated", THIRD_PARTY: "third_party"}
STANCES = tuple(POLICY_BY_STANCE)
GROUP_BY = ("subject_side",)
NO_WINDOW = ("", "")
#: Warnings of casualties for which the matrix has its own words.
REPLACED_CODES = frozenset({"rows_do_not_add_up", "not_added"})


class Subject(NamedTuple):
    """The losses that the figures of several stances are about."""

    conflict: str
    side: str  # a camp, or "all"
    harm: str
    basis: str
    measure: str | None  # None: incidents and periods


class Entry(NamedTuple):
    subject: Subject
    stance: str
    camp: str | None  # None: claimants that speak for no party
    row: Row | None  # None: there is no such figure
    answer: Answer | None
    parameters: dict[str, Any]  # the question of casualties that has the row
    ratio: Ratio
    silences: tuple[str, ...]

    @property
    def first_stated_on(self) -> str | None:
        """Return the first possible day of the statements used."""
        return min((c.stated_on for c in self._used_claims if c.stated_on), default=None)

    @property
    def last_stated_on(self) -> str | None:
        """Return the last possible day of the statements used."""
        return max((c.stated_last for c in self._used_claims if c.stated_last), default=None)

    @property
    def _used_claims(self) -> list[Claim]:
        return [self.answer.record[claim] for claim in self.row.claims] if self.row and self.answer else []


class Matrix(NamedTuple):
    entries: list[Entry]
    notices: list[Notice]


class _Evidence(NamedTuple):
    """The claims and the question that all answers of one matrix share."""

    reading: Reading
    question: Question
    excluded: frozenset[str]

    @property
    def claims(self) -> list[Claim]:
        """Return the claims within the filters that count on the as-of day."""
        reading = self.reading
        return [c for c in reading.claims if c.id in reading.counted and c.id not in self.excluded]

    def answer_policies(self, basis: str, policies: Iterable[str]) -> dict[str, Answer]:
        """Return the answers of policies that hear the claimants of all sides."""
        question = self.question._replace(basis=basis, is_heard=accept_all)
        return reconcile_policies(*self._record, question, policies)

    def answer_sides(self, basis: str, policy: str, claimant_sides: frozenset[str]) -> Answer:
        """Return the answer of a policy that hears only claimants of these sides."""

        def is_audible(claim: Claim) -> bool:
            return claim.claimant_side in claimant_sides

        return reconcile(*self._record, self.question._replace(basis=basis, policy=policy, is_heard=is_audible))

    @property
    def _record(self) -> tuple[World, list[Claim], list[Relation]]:
        return self.reading.world, self.reading.claims, self.reading.relations


def compare_stances(parameters: dict[str, Any]) -> Matrix:
    """Return the figures of each stance about each camp's losses.

    Raises `UnknownValueError` and `UnanswerableError`.
    """
    require_existing("conflict", Conflict.slug, (parameters["conflict"],))
    evidence = _read_evidence(parameters)
    bases = (INCIDENTS, TOTALS) if parameters["basis"] == "both" else (parameters["basis"],)
    entries: list[Entry] = []
    for basis in bases:
        entries += _list_entries(parameters, evidence, basis)
    entries += list(_find_unstated(evidence, entries))
    base_rows = {entry.subject: entry.row for entry in entries if entry.stance == OWN}
    compared = [_add_ratio(entry, base_rows.get(entry.subject)) for entry in sorted(entries, key=_sort_key)]
    return Matrix(compared, _collect_notices(parameters, evidence, compared))


def _read_evidence(parameters: dict[str, Any]) -> _Evidence:
    filters = {"conflict": (parameters["conflict"],), "harm": parameters["harm"]} | (
        {"as_of": parameters["as_of"]} if "as_of" in parameters else {}
    )
    reading, question = read_question(filters | {"basis": "both", "policy": "envelope", "group_by": GROUP_BY})
    standing = find_standing(reading.world, {c.id: c for c in reading.claims}, reading.relations, question.as_of)
    return _Evidence(reading, question, frozenset(standing.excluded))


def _list_entries(parameters: dict[str, Any], evidence: _Evidence, basis: str) -> Iterable[Entry]:
    """Yield the entries of a basis: one question of casualties per stance, and for opponents one per camp."""
    base = {"conflict": (parameters["conflict"],), "group_by": GROUP_BY, "harm": parameters["harm"], "basis": basis}
    base |= {"as_of": parameters["as_of"]} if "as_of" in parameters else {}
    answers = evidence.answer_policies(basis, [p for stance, p in POLICY_BY_STANCE.items() if stance != OPPOSING])
    for stance, policy in POLICY_BY_STANCE.items():
        if stance == OPPOSING:
            for camp, sides in sorted(_find_speakers(evidence, basis).items()):
                answer = evidence.answer_sides(basis, policy, frozenset(sides))
                question = base | {"policy": policy, "claimant_side": tuple(sorted(sides))}
                yield from _make_entries(parameters, stance, camp, answer, question)
        else:
            yield from _make_entries(parameters, stance, None, answers[policy], base | {"policy": policy})


def _make_entries(
    parameters: dict[str, Any], stance: str, camp: str | None, answer: Answer, question: dict[str, Any]
) -> Iterable[Entry]:
    for row in answer.rows:
        subject = _find_subject(parameters, row)
        speaker = subject.side if stance == OWN else camp
        yield Entry(subject, stance, speaker, row, answer, question, Ratio(None), row.silences)


def _find_subject(parameters: dict[str, Any], row: Row) -> Subject:
    key = dict(row.key)
    conflict = key.get("conflict") or parameters["conflict"]
    return Subject(conflict, key["subject_side"] or ALL, key["harm"] or "", row.basis, key.get("measure"))


def _find_speakers(evidence: _Evidence, basis: str) -> dict[str, set[str]]:
    """Return for each camp the sides that claimants speak for.

    A side that spoke in two camps, one after the other, is listed by itself: the second camp did not say what the
    side said in the first. Claims that do not count on the as-of day are in no figure, and count for no camp.
    """
    camps: dict[str, set[str]] = defaultdict(set)
    world = evidence.reading.world
    for claim in evidence.claims:
        unit = world.find_unit(claim, evidence.question.as_of)
        if claim.claimant_side and unit and unit.is_running == (basis == TOTALS):
            if camp := world.find_party_camp(claim.claimant_side, unit):
                camps[claim.claimant_side].add(camp)
    speakers: dict[str, set[str]] = defaultdict(set)
    for side, spoken_in in camps.items():
        speakers[side if len(spoken_in) > 1 else min(spoken_in)].add(side)
    return speakers


def _find_unstated(evidence: _Evidence, entries: list[Entry]) -> Iterable[Entry]:
    """Yield an entry without a figure for each camp that gave none where others did.

    It has the camp's recorded silences if the camp gave no figure of this harm and basis at all.
    """
    stated = {entry.subject for entry in entries if entry.stance == OWN}
    of_any_measure = {subject._replace(measure=None) for subject in stated}
    for subject in sorted({entry.subject for entry in entries} - stated, key=repr):
        if subject.side != ALL:
            is_silent = subject._replace(measure=None) not in of_any_measure
            silences = [c.id for c in evidence.claims if is_silent and _is_silence_on(evidence, c, subject)]
            yield Entry(subject, OWN, subject.side, None, None, {}, Ratio(None), tuple(sorted(silences)))


def _is_silence_on(evidence: _Evidence, claim: Claim, subject: Subject) -> bool:
    if claim.kind != "silence" or claim.harm != subject.harm or claim.subject_side is None:
        return False
    world, first = evidence.reading.world, claim.covers_from or ""
    unit = Unit(claim.conflict, PERIOD, claim.event, first, claim.covers_to or END_OF_TIME, first)
    is_of_conflict = world.are_related(claim.conflict, subject.conflict)
    return is_of_conflict and world.find_camp(claim.subject_side, unit) == subject.side


def _add_ratio(entry: Entry, base: Row | None) -> Entry:
    if entry.stance != OPPOSING or entry.row is None or entry.subject.side == ALL:
        return entry
    return entry._replace(ratio=compare_rows(entry.row, base))


def _sort_key(entry: Entry) -> tuple[Any, ...]:
    subject = entry.subject
    subject_key = (
        subject.conflict,
        subject.side == ALL,
        subject.side,
        subject.harm,
        subject.basis,
        subject.measure or "",
    )
    return (*subject_key, STANCES.index(entry.stance), entry.camp or "")


# Warnings ------------------------------------------------------------------------------------------------------------


def _collect_notices(parameters: dict[str, Any], evidence: _Evidence, entries: list[Entry]) -> list[Notice]:
    notices = list(_warn_of_ratios(entries))
    if entries:
        notices.append(Notice("not_added", "Rows overlap or contradict each other. Do not add them."))
    # Figures that are left out are counted for all claimants, overlaps for each stance.
    whole = evidence.answer_policies(parameters["basis"], ["envelope"])["envelope"]
    with open_frame() as frame:
        whole = whole._replace(double_counts=find_double_counts(frame, whole))
    notices += [
        n for n in collect_notices(whole, parameters["basis"], GROUP_BY, NO_WINDOW) if n.code not in REPLACED_CODES
    ]
    for answer in {id(entry.answer): entry.answer for entry in entries if entry.answer}.values():
        of_stance = collect_notices(answer, parameters["basis"], GROUP_BY, NO_WINDOW)
        notices += [notice for notice in of_stance if notice.code == "rows_overlap"]
    return list(dict.fromkeys(notices))


def _warn_of_ratios(entries: list[Entry]) -> Iterable[Notice]:
    compared = [e for e in entries if e.ratio.value is not None and e.row and e.row.incomplete]
    if compared:
        yield Notice(
            "parts_compared",
            f"These ratios compare incomplete figures, which lack the same parts: {_name_subjects(compared)}. "
            "See `missing`.",
            claims=_list_claims(compared),
        )
    apart = [e for e in entries if e.ratio.reason not in (None, NO_BASE, BOUND_ALONE, ZERO)]
    if apart:
        yield Notice(
            "not_comparable",
            "There is no ratio where the opponents' figure and the camp's own are about different events, days or "
            f"parts: {_name_subjects(apart)}. See `ratio_reason`.",
            claims=_list_claims(apart),
        )


def _list_claims(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(sorted({claim for entry in entries if entry.row for claim in entry.row.claims}))


def _name_subjects(entries: Iterable[Entry]) -> str:
    """Return the subjects of entries as text, for example: Azerbaijan, killed (running total)."""
    sides = by_id(cached_references(current_revision()).sides)
    names = (
        f"{sides[e.subject.side]['name']}, {label_word(HARM, e.subject.harm)} "
        f"({label_word(MEASURE, e.subject.measure) if e.subject.measure else INCIDENTS})"
        for e in entries
    )
    return "; ".join(dict.fromkeys(names))
