"""What cannot be true of two related claims: who speaks, about what, when, and how many.

- Only the claimant, or an authority of its side, supersedes a claim, and not with an older statement.
- What supersedes, revises, repeats or includes a claim may be about its people: the conflicts and the sides are the
  same or nested, the harms and victim groups are not two different ones, and the days meet. What supersedes or revises
  it is about the same event. What includes or repeats it may be about another record of an event.
- A denial and a contradiction are about the same event and conflict, as far as both name one.
- Nobody repeats or misreports what had not been stated.
- A total that includes a claim is a figure. Its high is not below the low of a part that its claimant gave by then.

An unknown day, hour, bound or group contradicts nothing.

Rules: docs/developers/reconciling.md#rule-4, #rule-5, #rule-9, #rule-12, #rule-16.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from api.reconciling.statements import fill_bounds
from api.rules.landscape import Landscape
from schemas.fields import next_day
from schemas.figures import BOUNDS
from schemas.vocabularies import STATED_EARLY

Document = Mapping[str, Any]
#: The groups of victims, with the words that may be about any group.
GROUPS = ("victim_status", "victim_sex", "victim_age")
OPEN_GROUPS = (None, "any", "unknown")
#: The harms that a combined figure may be about; every other word stands for itself, an open one for any harm.
HARMS = {"killed_or_injured": {"killed", "injured"}, "killed_or_missing": {"killed", "missing"}}
OPEN_HARMS = (None, "losses", "unknown")
OPEN_MEASURES = (None, "unknown")
#: Measures of an event that state its whole toll.
TOLLS = ("incident", "cumulative")
#: The fields of a claim that its relations must fit.
OF_CLAIM = (
    "kind", "conflict", "event", "claimant", "subject_side", "harm", *GROUPS, "measure", "covers_from", "covers_to",
    "stated_on", "stated_until", "stated_at", *BOUNDS, "qualifier", "flags", "status", "status_by", "status_on",
)  # fmt: skip


class Misfit(NamedTuple):
    """Why a relation cannot be true: the field of its claims, and the reason with what to do."""

    field: str
    message: str


class Speaker(NamedTuple):
    side: str | None
    affiliation: str | None


class EventDays(NamedTuple):
    first: str
    last: str


class Surroundings(NamedTuple):
    """What two claims refer to, by slug. A record that is missing has another fault."""

    speakers: Mapping[str, Speaker]
    events: Mapping[str, EventDays]
    landscape: Landscape


class Pair(NamedTuple):
    """Two claims of a relation, and what they refer to."""

    claim: Document
    target: Document
    around: Surroundings

    def differs(self, field: str) -> bool:
        """Return whether both name a different one."""
        return None not in (self.claim[field], self.target[field]) and self.claim[field] != self.target[field]

    def compare(self, field: str) -> str:
        """Return both values in words, for a message."""
        return (
            f"{self.claim['id']} has {field} {_name_value(self.claim[field])}, "
            f"{self.target['id']} has {_name_value(self.target[field])}"
        )


def find_misfits(kind: str, pair: Pair) -> Iterator[Misfit]:
    """Yield why a relation of this kind cannot be true of two claims."""
    for check in CHECKS.get(kind, ()):
        yield from check(pair)


def _name_value(value: Any) -> str:
    return "none" if value is None else str(value)


# Who speaks ----------------------------------------------------------------------------------------------------------


def _compare_speakers(pair: Pair) -> Iterator[Misfit]:
    speaker, replaced = (pair.around.speakers.get(claim["claimant"]) for claim in (pair.claim, pair.target))
    if pair.differs("claimant") and speaker and replaced and not _speaks_for(speaker, replaced, pair.around.landscape):
        yield Misfit(
            "claimant",
            f"{pair.target['id']} is by {pair.target['claimant']}, and {pair.claim['claimant']} does not speak for its "
            "side. Only a claimant itself, or an authority of its side, can supersede its claims. Send the kind "
            "contradicts instead.",
        )


def _speaks_for(speaker: Speaker, replaced: Speaker, landscape: Landscape) -> bool:
    """Return whether a claimant may replace what another said. Who only belongs to a side does not speak for it."""
    home = replaced.side or replaced.affiliation
    sides = (speaker.side,) if replaced.side else tuple(speaker)
    return home is not None and any(side is not None and landscape.share_camp(side, home) for side in sides)


# About what ----------------------------------------------------------------------------------------------------------


def _compare_places(pair: Pair) -> Iterator[Misfit]:
    if pair.differs("event"):
        yield Misfit("event", f"{pair.compare('event')}: they are about different events. {CORRECT_CLAIM}")
    elif pair.claim["event"] is None or pair.target["event"] is None:
        yield from _compare_conflicts(pair)


def _compare_conflicts(pair: Pair) -> Iterator[Misfit]:
    if not pair.around.landscape.are_nested(pair.claim["conflict"], pair.target["conflict"]):
        yield Misfit(
            "conflict", f"{pair.compare('conflict')}, and neither conflict is a phase of the other. {CORRECT_CLAIM}"
        )


CORRECT_CLAIM = "Send another claim or target, or correct the claims."


def _compare_repeated(pair: Pair) -> Iterator[Misfit]:
    """Yield why a claim does not repeat another. Two records may be of one event, with days and sides of their own."""
    if not pair.differs("event"):
        yield from _compare_places(pair)
        yield from _compare_sides(pair)
        yield from _compare_days(pair)


def _compare_people(pair: Pair) -> Iterator[Misfit]:
    """Yield the fields by which two claims cannot be about the same people (rule 9)."""
    yield from _compare_sides(pair)
    yield from _compare_groups(pair)


def _compare_sides(pair: Pair) -> Iterator[Misfit]:
    if pair.differs("subject_side") and not pair.around.landscape.are_akin(
        pair.claim["subject_side"], [pair.target["subject_side"]]
    ):
        yield _describe_others("subject_side", pair)


def _compare_groups(pair: Pair) -> Iterator[Misfit]:
    """Yield a misfit for two harms, or two groups of victims, that have nobody in common."""
    if _are_other_harms(pair.claim["harm"], pair.target["harm"]):
        yield _describe_others("harm", pair)
    for field in GROUPS:
        if pair.differs(field) and not {pair.claim[field], pair.target[field]}.intersection(OPEN_GROUPS):
            yield _describe_others(field, pair)


def _describe_others(field: str, pair: Pair) -> Misfit:
    return Misfit(field, f"{pair.compare(field)}: they are not about the same people. {CORRECT_CLAIM}")


def _are_other_harms(harm: str | None, other_harm: str | None) -> bool:
    if harm in OPEN_HARMS or other_harm in OPEN_HARMS:
        return False
    return HARMS.get(str(harm), {harm}).isdisjoint(HARMS.get(str(other_harm), {other_harm}))


def _compare_kinds(pair: Pair) -> Iterator[Misfit]:
    if {pair.claim["kind"], pair.target["kind"]} == {"casualty", "responsibility"}:
        yield Misfit("kind", f"{pair.compare('kind')}: one is a figure, the other is not. {CORRECT_CLAIM}")


def _refuse_other_kinds(pair: Pair) -> Iterator[Misfit]:
    if pair.differs("kind"):
        yield Misfit("kind", f"{pair.compare('kind')}: a claim repeats only claims of its own kind. {CORRECT_CLAIM}")


def _require_figures(pair: Pair) -> Iterator[Misfit]:
    if {pair.claim["kind"], pair.target["kind"]} != {"casualty"}:
        yield Misfit("kind", f"{pair.compare('kind')}: only a casualty figure can include another one. {CORRECT_CLAIM}")


def _compare_units(pair: Pair) -> Iterator[Misfit]:
    """Yield a misfit for the toll of an event and a figure of the conflict: neither takes the other's place."""
    claims = (pair.claim, pair.target)
    without = [claim for claim in claims if claim["event"] is None]
    if len(without) == 1 and _are_figures(*claims) and without[0]["measure"] not in OPEN_MEASURES:
        yield Misfit(
            "event",
            f"{pair.compare('event')}: a figure of an event takes the place of figures of that event only. Correct the "
            "claims, or send includes if one contains the other.",
        )


def _are_figures(*claims: Document) -> bool:
    return all(claim["kind"] == "casualty" for claim in claims)


# When ----------------------------------------------------------------------------------------------------------------


def _compare_statements(pair: Pair) -> Iterator[Misfit]:
    """Yield a misfit if the claim was stated before its target: on an earlier day, or at an earlier hour of a day."""
    last, first = _last_stated(pair.claim), pair.target["stated_on"]
    if last and first and (last < first or _is_earlier_hour(pair)):
        yield _describe_order(pair)


def _compare_reports(pair: Pair) -> Iterator[Misfit]:
    """Yield the same if it is more than a day before: where it was repeated, it may have been the day before."""
    last, first = _last_stated(pair.claim), pair.target["stated_on"]
    if last and first and next_day(last) < first:
        yield _describe_order(pair)


def _describe_order(pair: Pair) -> Misfit:
    return Misfit(
        "stated_on",
        f"{pair.claim['id']} was stated on {_last_stated(pair.claim)}, before {pair.target['id']} on "
        f"{pair.target['stated_on']}. Exchange claim and target, or correct the days.",
    )


def _is_earlier_hour(pair: Pair) -> bool:
    days = {claim[field] for claim in (pair.claim, pair.target) for field in ("stated_on", "stated_until")}
    hours = pair.claim["stated_at"], pair.target["stated_at"]
    return len(days) == 1 and None not in hours and hours[0] < hours[1]


def _last_stated(claim: Document) -> str | None:
    last: str | None = claim["stated_until"] or claim["stated_on"]
    return last


def _compare_days(pair: Pair) -> Iterator[Misfit]:
    """Yield a misfit if the days that two figures cover do not meet. One day of difference is allowed (rule 4)."""
    if not _are_figures(pair.claim, pair.target):
        return
    (first, last), (target_first, target_last) = (_cover_days(claim, pair.around) for claim in pair[:2])
    if _is_after(first, target_last) or _is_after(target_first, last):
        yield Misfit(
            "covers_from",
            f"{pair.claim['id']} covers {_name_days(first, last)}, {pair.target['id']} covers "
            f"{_name_days(target_first, target_last)}: they have no day in common. {CORRECT_CLAIM}",
        )


def _cover_days(claim: Document, around: Surroundings) -> tuple[str | None, str | None]:
    """Return the first and the last day that a figure covers, as far as they are known."""
    event = around.events.get(claim["event"] or "")
    if event and claim["measure"] in TOLLS:
        return claim["covers_from"] or event.first, claim["covers_to"] or event.last
    # A figure covers no day after its statement, unless its writer says so.
    stated = None if STATED_EARLY in claim["flags"] else _last_stated(claim)
    return claim["covers_from"] or (event and event.first), claim["covers_to"] or stated


def _is_after(first: str | None, last: str | None) -> bool:
    return first is not None and last is not None and first > next_day(last)


def _name_days(first: str | None, last: str | None) -> str:
    return f"{first or 'an unknown day'} to {last or 'an unknown day'}"


# How many ------------------------------------------------------------------------------------------------------------


def _compare_part(pair: Pair) -> Iterator[Misfit]:
    """Yield a misfit if the least of a claimant's part is above the most of its total, which it stated then or later.

    Figures of two claimants may contradict each other, and a newer part may be above an older total (rule 11).
    """
    is_own = _are_figures(pair.claim, pair.target) and not pair.differs("claimant")
    last, first = _last_stated(pair.claim), pair.target["stated_on"]
    is_newer = last is None or first is None or first > last
    if is_own and not is_newer and _find_span(pair.target)[0] > _find_span(pair.claim)[1]:
        yield Misfit("best", f"{_compare_figures(pair)}: the part is greater than the whole. {CORRECT_CLAIM}")


def _compare_repetition(pair: Pair) -> Iterator[Misfit]:
    """Yield a misfit if the ranges of a figure and of its repetition do not meet (rule 16)."""
    spans = _find_span(pair.claim), _find_span(pair.target)
    if max(low for low, _ in spans) > min(high for _, high in spans):
        yield Misfit(
            "best",
            f"{_compare_figures(pair)}: their ranges do not meet, so that one does not repeat the other. Send the kind "
            "misreports, or correct the claims.",
        )


def _find_span(claim: Document) -> tuple[float, float]:
    """Return the range that a figure allows, in tenths. Without a number it allows any."""
    low, best, high = (claim[name] for name in BOUNDS)
    return (0, float("inf")) if low is best is high is None else fill_bounds(low, best, high, claim["qualifier"]).span


def _compare_figures(pair: Pair) -> str:
    return " and ".join(
        f"{claim['id']} says {', '.join(f'{name} {claim[name]}' for name in BOUNDS if claim[name] is not None)}"
        for claim in pair[:2]
    )


CHECKS: dict[str, tuple[Callable[[Pair], Iterator[Misfit]], ...]] = {
    "supersedes": (
        _compare_speakers, _compare_kinds, _compare_places, _compare_people, _compare_units, _compare_days,
        _compare_statements,
    ),
    "revises": (
        _compare_kinds, _compare_places, _compare_people, _compare_units, _compare_days, _compare_statements,
    ),
    "same_as": (
        _refuse_other_kinds, _compare_repeated, _compare_groups, _compare_reports, _compare_repetition,
    ),
    "includes": (_require_figures, _compare_conflicts, _compare_people, _compare_days, _compare_part),
    "misreports": (_compare_reports,),
    "contradicts": (_compare_places,),
    "denies": (_compare_places,),
}  # fmt: skip
