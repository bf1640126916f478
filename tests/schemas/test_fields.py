"""Fields store a value unchanged or refuse it: nothing is lost between a record and a cell of a file."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.claims import ClaimIn
from schemas.fields import Degrees, join_entries, split_entries
from schemas.sides import SideIn


@given(st.lists(st.text(alphabet=st.sampled_from(";\\\"',\nab "), max_size=8), min_size=1))
def test_a_list_in_one_cell_comes_apart_as_it_was(entries: list[str]) -> None:
    cell = join_entries(entries)
    assert split_entries(cell or "") == entries


@pytest.mark.parametrize(
    ("entries", "cell"),
    [
        (["Baku", "Republic of Azerbaijan"], "Baku;Republic of Azerbaijan"),
        (["Khankendi; Stepanakert"], r"Khankendi\; Stepanakert"),
        (["a\\", "b"], r"a\\;b"),
        (["1991-09-02", None], "1991-09-02;"),
        ([None, None], ";"),
        ([], None),
    ],
)
def test_a_semicolon_within_an_entry_stands_behind_a_backslash(entries: list[str | None], cell: str | None) -> None:
    assert join_entries(entries) == cell


@pytest.mark.parametrize(("cell", "entries"), [("a;b", ["a", "b"]), (r"C:\temp;b", ["C:\\temp", "b"]), ("", [""])])
def test_a_cell_written_by_hand_needs_no_backslash(cell: str, entries: list[str]) -> None:
    assert split_entries(cell) == entries


def test_minus_zero_is_zero_on_both_engines() -> None:
    assert math.copysign(1, Degrees(90).deserialize(-0.0)) == 1


@pytest.mark.parametrize("rule", ["", " ", "two\rlines", "x" * 61])
def test_a_rule_is_a_name_or_null(rule: str) -> None:
    with pytest.raises(ValidationError):
        ClaimIn().fields["figure_rule"].deserialize(rule)


@pytest.mark.parametrize("country", ["", "az", "AZERBAIJAN", "AZE\n"])
def test_the_country_of_a_side_is_a_code_or_null(country: str) -> None:
    with pytest.raises(ValidationError):
        SideIn().fields["country"].deserialize(country)
