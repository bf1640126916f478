"""The question of a reader: basis, policy, clock, window, rows and filters.

Rules: docs/developers/reconciling.md#rule-15, #rule-17, #rule-19.
"""

from collections.abc import Callable
from typing import NamedTuple

from api.reconciling.record import Claim

RowKey = tuple[tuple[str, str | None], ...]
ALL = "all"
BASES = ("both", "incidents", "totals")
DAY_PERIODS = ("year", "quarter", "month", "week", "day")
#: Only incidents have these (rule 17); `event` groups its running measures too.
INCIDENT_DIMENSIONS = frozenset({"period", "event_type", "country", "admin1", *DAY_PERIODS})
CLAIM_DIMENSIONS = ("harm", "subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age")
OVERLAPPING_DIMENSIONS = frozenset(CLAIM_DIMENSIONS) - {"harm"}
DIMENSIONS = frozenset({"conflict", "event", *INCIDENT_DIMENSIONS, *CLAIM_DIMENSIONS})


def accept_all(_: Claim) -> bool:
    return True


def skip_time_check() -> None:
    """Set no time limit."""


class Question(NamedTuple):
    """`is_counted` filters what is counted, and `is_heard` who speaks.

    Sides, statuses, sexes and ages are fields, because they decide what a complete sum needs.
    """

    basis: str = "both"
    policy: str = "envelope"
    claimant: str | None = None  # with policy=claimant
    as_of: str | None = None
    group_by: tuple[str, ...] = ()
    window_from: str | None = None
    window_to: str | None = None
    sides: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    sexes: frozenset[str] | None = None
    ages: frozenset[str] | None = None
    filters_events: bool = False  # a filter names events
    is_counted: Callable[[Claim], bool] = accept_all
    is_heard: Callable[[Claim], bool] = accept_all
    check_time: Callable[[], None] = skip_time_check  # called now and then; raises when the time is over
