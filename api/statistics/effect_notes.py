"""Sentences about effects of a write: what happened, and what to correct if the claims are about different people."""

from collections.abc import Callable, Mapping
from typing import Any

from api.reconciling.record import INCIDENT, PERIOD, Claim


def write_note(effect: str, claim: Claim, rival: Claim | None) -> str:
    """Return the note on a claim that counts again or no longer does. `rival`: the claim that displaces it, or did."""
    return NOTES[effect](_name_claim(claim), _name_claim(rival) if rival else "Another claim", claim, rival)


def write_figure_note(
    claim: str, resource: str, by: str | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> str:
    return (
        f"{claim} follows its reports, of which {resource}/{by} changed: {_list_figure(before)}; "
        f"now {_list_figure(after)}. If the report is about other people, correct its `claim`."
    )


def _explain_replaced(claim_name: str, rival_name: str, claim: Claim, rival: Claim | None) -> str:
    labels = "give each a `part`" if claim.part is None else "give them different values of `part`"
    return (
        f"{rival_name} counts in place of {claim_name}: of a claimant's figures of the same people only the newest "
        f"counts. If they are about different people, {labels}, or correct {_list_fields(claim)}."
        + _explain_perpetrators(claim, rival)
    )


def _list_fields(claim: Claim) -> str:
    """Return the fields by which a claim of this measure could be told apart from another one."""
    of_unit = {INCIDENT: "`event`", PERIOD: "`covers_from`, `covers_to`"}
    unit = of_unit.get(claim.measure or "") or ("`event`" if claim.event else "`measure`, `covers_from`, `event`")
    return f"{unit}, `subject_side`, `victim_status`, `victim_sex` or `victim_age`"


def _explain_perpetrators(claim: Claim, rival: Claim | None) -> str:
    sides = {claim.responsible_side, rival.responsible_side if rival else None}
    if None in sides or len(sides) == 1:
        return ""
    return (
        f" The figures by {claim.responsible_side} and by {rival.responsible_side if rival else ''} are added "
        "only if the claimant named both in one `statement` or on one day."
    )


NOTES: dict[str, Callable[[str, str, Claim, Claim | None], str]] = {
    "replaced": _explain_replaced,
    "included": lambda claim, by, *_: (
        f"{by} contains {claim}, so the two are not added. If they are about different people, correct "
        "`subject_side`, `victim_status`, `part`, `responsible_side` or the relation `includes`."
    ),
    "later_start": lambda claim, by, *_: (
        f"{claim} begins later than {by}, which counts as the claimant's whole. Correct `covers_from` if both begin "
        "on the same day."
    ),
    "superseded": lambda claim, by, *_: (
        f"A relation says that {by} supersedes {claim}, or the whole that it is a part of. "
        "If both are true, retract the relation."
    ),
    "misreported": lambda claim, by, *_: (
        f"A relation says that {claim} is a garbled report of {by}. If it is a statement of its own, retract "
        "the relation."
    ),
    "repeated": lambda claim, by, *_: (
        f"A relation says that {claim} and {by} are the same claim, so one counts for both. "
        "If they are different statements, retract the relation."
    ),
    "active_again": lambda claim, by, *_: (
        f"{by} no longer displaces {claim}, which counts again. If its claimant took it back too, retract it."
    ),
}


def _name_claim(claim: Claim) -> str:
    """Return the id, the figure and the day: `x-2020-10-18-killed (41, stated on 2020-10-18)`."""
    day = f"stated on {claim.stated_last}" if claim.stated_last else "undated"
    return f"{claim.id} ({_write_bounds(claim.low, claim.best, claim.high)}, {day})"


def _write_bounds(low: int | None, best: int | None, high: int | None) -> str:
    if low == best == high:
        return "no figure" if best is None else str(best)
    return ", ".join(
        f"{name} {bound}" for name, bound in (("low", low), ("best", best), ("high", high)) if bound is not None
    )


def _list_figure(figure: Mapping[str, Any]) -> str:
    bounds = _write_bounds(figure["low"], figure["best"], figure["high"])
    flags = f", flags {', '.join(figure['flags'])}" if figure["flags"] else ""
    return f"{figure['qualifier']} {bounds}{flags}"
