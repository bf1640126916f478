"""The figure of a claim in the words of a sentence: `at least 50 members of armed forces of Armenia killed`.

The words come from the qualifier, as the codebook reads it. A bound that the qualifier does not imply is printed too.
"""

from collections.abc import Mapping
from typing import Any

from schemas.figures import BOUNDS

Claim = Mapping[str, Any]  # as on the wire
Bounds = tuple[int | None, int | None, int | None]
UNSTATED = "an unstated number"
HEDGES = {
    "exact": "", "about": "about ", "at_least": "at least ", "more_than": "more than ", "nearly": "nearly ",
    "up_to": "up to ",
}  # fmt: skip
#: By victim status: the word for one person, and for several.
PEOPLE = {
    "any": ("person", "people"),
    "unknown": ("person of unknown status", "people of unknown status"),
    "civilian": ("civilian", "civilians"),
    "other_protected_person": ("other protected person", "other protected persons"),
    "member_of_armed_forces": ("member of armed forces", "members of armed forces"),
    "person_directly_participating_in_hostilities": (
        "person directly participating in hostilities",
        "people directly participating in hostilities",
    ),
}
SEXES = {"man": "male", "woman": "female", "unknown": "sex unknown"}
AGES = {"adult": "adult", "child": "under 18", "unknown": "age unknown"}
HARMS = {"losses": "lost (which harm is not said)", "unknown": "harmed (which harm is not recorded)"}


def say_casualties(claim: Claim) -> str:
    """Return how many of whom suffered which harm: `1 civilian (female) of Alpha killed`."""
    number = _find_number(claim)
    return " ".join(filter(None, [say_figure(claim), "of" if number is None else "", say_victims(claim, number)]))


def say_figure(claim: Claim) -> str:
    """Return the number with its hedge and its bounds: `at least 53`, `4,000 to 5,000`, `7 (low 5, high 9)`."""
    number = _find_number(claim)
    if claim["qualifier"] == "between" and claim["low"] is not None and claim["high"] is not None:
        words = f"{claim['low']:,} to {claim['high']:,}"
    elif number is None:
        words = UNSTATED
    elif claim["figure_rule"] == "fewer_than":
        words = f"fewer than {number:,}"
    else:
        words = f"{HEDGES.get(claim['qualifier'] or '', '')}{number:,}"
    implied = _imply_bounds(claim, number)
    extra = [
        f"{name} {claim[name]:,}"
        for name, bound in zip(BOUNDS, implied, strict=True)
        if claim[name] not in (None, bound)
    ]
    return f"{words} ({', '.join(extra)})" if extra else words


def say_victims(claim: Claim, number: int | None = None) -> str:
    """Return whom the harm befell, and the harm: `civilians (female) of Alpha injured`."""
    status = claim["victim_status"]
    person, people = PEOPLE.get(status, (status.replace("_", " "),) * 2)
    details = [
        words[claim[name]] for name, words in (("victim_sex", SEXES), ("victim_age", AGES)) if claim[name] in words
    ]
    noun = person if number == 1 and claim["qualifier"] != "between" else people
    side = claim["subject_side"]["name"] if claim["subject_side"] else "all sides"
    return " ".join(
        filter(None, [noun, f"({', '.join(details)})" if details else "", f"of {side}", say_harm(claim["harm"])])
    )


def say_harm(harm: str | None) -> str:
    """Return the harm as a participle: `killed or missing`; nothing for none."""
    return HARMS.get(harm, harm.replace("_", " ")) if harm else ""


def _find_number(claim: Claim) -> int | None:
    """Return the number that the words state; None if they state none ("dozens", a lone bound of a dataset)."""
    if claim["qualifier"] in ("vague", "unquantified"):
        return None
    if claim["qualifier"] == "as_given":
        best: int | None = claim["best"]
        return best
    return next((claim[name] for name in ("value", "best", "low", "high") if claim[name] is not None), None)


def _imply_bounds(claim: Claim, number: int | None) -> Bounds:
    """Return the low, best and high that the printed words state already."""
    match claim["qualifier"]:
        case "exact":
            return number, number, number
        case "nearly":
            return None, number, number
        case "up_to":
            return None, None, number
        case "at_least" | "more_than":
            return number, number, None
        case "between":
            return (claim["low"], None, claim["high"]) if None not in (claim["low"], claim["high"]) else (None,) * 3
    return None, number, None
