"""The field of each filter of claims declares its role in statistics of people."""

import pytest

from schemas.claims import CLAIM_ROLES, ClaimFilters
from schemas.fields import describe
from schemas.filter_roles import UNUSED, find_roles
from schemas.responses import Stated, Switch, filter_names
from schemas.statistics.casualties import FigureFilters


class UndecidedFilters(ClaimFilters):
    dated = Switch(metadata=describe("`1`: its day is known; `0`: it is not.", "1"))


def test_a_filter_that_does_not_say_its_role_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="UndecidedFilters.dated does not say what it does in statistics"):
        find_roles(UndecidedFilters, Stated)


def test_statistics_have_the_filters_that_say_so() -> None:
    used = {name for name, role in CLAIM_ROLES.items() if role != UNUSED}
    assert set(filter_names(FigureFilters)) == used | {"as_of"}
    assert set(filter_names(ClaimFilters)) == set(CLAIM_ROLES) | {"as_of"}
