"""The question of casualties: made once from its parameters, and never changed.

Rules: docs/developers/reconciling.md#rule-6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.reconciling.question import Question
from api.reconciling.row_keys import find_dimensions
from schemas.claims import CLAIM_ROLES
from schemas.fields import NONE
from schemas.filter_roles import DEEDS, UNITS, VOICES

Filters = tuple[tuple[str, Any], ...]
#: By dimension of a row's key, the filter that selects the units of the row.
ROW_FILTERS = {
    "harm": "harm",
    "conflict": "recorded_conflict",
    "event": "event",
    "event_type": "event_type",
    "country": "country",
    "admin1": "admin1",
}


class CasualtyQuestion(NamedTuple):
    """How claims are reconciled, and the filters that choose units, deeds and voices. It is the key of its answer.

    `rules` lacks the functions that apply the filters: `Reading.narrow` adds them.
    """

    rules: Question
    units: Filters
    deeds: Filters
    voices: Filters

    def narrow_to_row(self, words: Sequence[str]) -> CasualtyQuestion:
        """Return the question narrowed to the units of one row. `words`: the values of its key, in their order."""
        bases = ("incidents", "totals") if self.rules.basis == "both" else (self.rules.basis,)
        dimensions = next((d for basis in bases if len(d := find_dimensions(self.rules, basis)) == len(words)), ())
        of_row = {
            ROW_FILTERS[dimension]: (word,)
            for dimension, word in zip(dimensions, words, strict=False)
            if dimension in ROW_FILTERS and word != NONE
        }
        units = of_row | dict(self.units)
        rules = self.rules._replace(filters_events="event" in units)
        return self._replace(rules=rules, units=tuple(sorted(units.items())))


def make_question(parameters: Mapping[str, Any]) -> CasualtyQuestion:
    """Return the question of `parameters`: filters of claims, basis, policy and group_by; they may have as_of."""
    is_claimant_policy = parameters["policy"] == "claimant"  # the claimant that is heard is not a filter
    filters: dict[str, dict[str, Any]] = {UNITS: {}, DEEDS: {}, VOICES: {}}
    for name, value in sorted(parameters.items()):
        if (role := CLAIM_ROLES.get(name)) in filters and not (name == "claimant" and is_claimant_policy):
            filters[role][name] = value
    (claimant,) = parameters["claimant"] if is_claimant_policy else (None,)
    rules = Question(
        basis=parameters["basis"],
        policy=parameters["policy"],
        claimant=claimant,
        as_of=parameters.get("as_of"),
        group_by=tuple(parameters["group_by"]),
        window_from=parameters.get("from"),
        window_to=parameters.get("to"),
        sides=_find_values(parameters, "subject_side"),
        statuses=_find_values(parameters, "victim_status"),
        sexes=_find_values(parameters, "victim_sex"),
        ages=_find_values(parameters, "victim_age"),
        filters_events="event" in parameters,
    )
    return CasualtyQuestion(rules, *(tuple(filters[role].items()) for role in (UNITS, DEEDS, VOICES)))


def _find_values(parameters: Mapping[str, Any], name: str) -> frozenset[str] | None:
    return frozenset(parameters[name]) if name in parameters else None
