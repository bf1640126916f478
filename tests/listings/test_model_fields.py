"""Columns, filters and sorts that repeat a field of their model are derived from it; all others are not."""

import pathlib
import re

import pytest

import api.listings
from api.database.models import Claim, Event, Relation, Side
from api.listings.model_fields import derive_columns, derive_filters, derive_sorts
from tests.support.folders import ROOT

LISTINGS = [*sorted(pathlib.Path(api.listings.__path__[0]).glob("*.py")), ROOT / "api/change_log/entries.py"]
#: A column, a filter or a sort that only repeats its model field.
REPEATED = re.compile(
    r'"(?P<name>\w+)": (?:plain_column\(|json_list_column\(|named_column\(|value_filter\(|reference_filter\()?'
    r'\w+\.(?P=name)(?:\)|, "\w+"\)|, [A-Z]\w+\)|, empty="", requires=True\))?,$',
    re.MULTILINE,
)


def test_a_column_is_read_as_the_type_of_its_field_says() -> None:
    columns = derive_columns(Claim, "id", "subject_side", "flags", "best", "revision")
    assert {name: (column.kind, column.source) for name, column in columns.items()} == {
        "id": ("plain", None),
        "subject_side": ("names", "sides"),
        "flags": ("list", None),
        "best": ("plain", None),
        "revision": ("plain", None),
    }
    assert columns["id"].expression is Claim.slug


def test_columns_and_sorts_have_the_order_in_which_they_are_written() -> None:
    assert list(derive_columns(Side, "note", "id", "name")) == ["note", "id", "name"]
    assert derive_sorts(Side, "name", "id") == {"name": Side.name, "id": Side.slug}


def test_a_filter_takes_what_its_field_holds() -> None:
    filters = derive_filters(Event, "id", "conflict", "place_aliases", "place_precision", "country")
    bound = {"id": ("a",), "conflict": ("war",), "place_aliases": ("old",), "place_precision": ("1",), "country": ()}
    assert {name: filters[name].bind(values) for name, values in bound.items()} == {
        "id": ("a",),
        "conflict": ("war",),
        "place_aliases": ('%"old"%',),
        "place_precision": (1,),
        "country": (),
    }
    assert [name for name, filter_ in filters.items() if filter_.requires is not None] == ["id", "conflict"]


@pytest.mark.usefixtures("seeded")
def test_none_finds_the_records_whose_text_is_empty() -> None:
    filters = derive_filters(Event, "place", "country")
    conditions = [filters[name].condition(None) for name in ("place", "country")]
    assert [Event.select(Event.id).where(condition).sql()[1] for condition in conditions] == [[""], []]
    assert filters["place"].requires is Event.place


def test_a_name_that_the_model_lacks_must_be_written_out() -> None:
    with pytest.raises(LookupError, match="Event has no field dataset. Write dataset out, with its expression."):
        derive_columns(Event, "dataset")


def test_a_reference_to_a_big_table_must_be_written_out() -> None:
    with pytest.raises(LookupError, match="claim refers to Claim. Write it out, with a join."):
        derive_columns(Relation, "claim")


@pytest.mark.parametrize("path", LISTINGS, ids=lambda path: path.stem)
def test_no_listing_writes_out_what_its_model_says(path: pathlib.Path) -> None:
    assert [found["name"] for found in REPEATED.finditer(path.read_text())] == []


def test_what_is_written_out_for_nothing_is_recognised() -> None:
    written = '    "best": plain_column(Claim.best),\n    "side": named_column(Claimant.side, "sides"),\n'
    written += '    "claim": reference_filter(Relation.claim, Claim),\n    "title": Source.title,\n'
    needed = '    "url": value_filter(Source.url, requires=True),\n    "event_type": value_filter(Event.type),\n'
    assert [found["name"] for found in REPEATED.finditer(written + needed)] == ["best", "side", "claim", "title"]
